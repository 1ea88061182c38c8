// `http`: the client's side. The host speaks HTTP and keeps connections; here are Node's classes over its exchanges.

const { Writable } = require('stream');
const EventEmitter = require('events');
const { ExchangeSocket, IncomingMessage } = require('./http_incoming');
const { tlsOptions } = require('tls');
const { URL } = require('url');

const METHODS = ['DELETE', 'GET', 'HEAD', 'LINK', 'MERGE', 'OPTIONS', 'PATCH', 'POST', 'PROPFIND', 'PUT', 'REPORT', 'SEARCH', 'TRACE', 'UNLINK'];
const STATUS_CODES = require('hedgerow:imports/node_fetch_statuses');
const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;

function coded(Kind, code, message) {
  return Object.assign(new Kind(message), { code });
}

function checkHeader(name, value) {
  if (!TOKEN.test(name)) throw coded(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token ["${name}"]`);
  if (value === undefined) throw coded(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "${value}" for header "${name}"`);
  for (const one of [value].flat()) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(`${one}`)) throw coded(TypeError, 'ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`);
  }
}

/** Keeps nothing itself, as the host keeps the connections, but names what goes for all requests made with it. As in Node no class. */
function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { path: null, ...options };
  this.defaultPort = 80;
  this.protocol = 'http:';
  this.keepAlive = this.options.keepAlive ?? false;
  this.keepAliveMsecs = this.options.keepAliveMsecs ?? 1000;
  this.maxSockets = this.options.maxSockets ?? Infinity;
  this.maxFreeSockets = this.options.maxFreeSockets ?? 256;
  this.maxTotalSockets = this.options.maxTotalSockets ?? Infinity;
  this.requests = {};
  this.sockets = {};
  this.freeSockets = {};
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
Agent.prototype.getName = ({ host = 'localhost', port = '', localAddress = '' } = {}) => `${host}:${port}:${localAddress}`;
Agent.prototype.destroy = () => {};

class ClientRequest extends Writable {
  #headers = new Map();
  #options;
  #exchange = null;
  #response = null;
  #timer = null;
  #milliseconds = 0;
  #isClosed = false;

  constructor(options, callback) {
    super({ autoDestroy: false, emitClose: false, decodeStrings: true });
    this.#options = options;
    this.method = String(options.method ?? 'GET').toUpperCase();
    this.path = options.path || '/';
    this.protocol = options.protocol;
    this.host = options.host;
    this.agent = options.agent;
    this.aborted = false;
    this.reusedSocket = false;
    this.maxHeadersCount = null;
    this.headersSent = false;
    if (/[^\x21-\xff]/.test(this.path)) throw coded(TypeError, 'ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters');
    this.#takeHeaders(options);
    this.socket = new ExchangeSocket(this, this.protocol === 'https:');
    this.connection = this.socket;
    if (callback) this.once('response', callback);
    if (options.timeout) this.setTimeout(options.timeout);
    if (options.signal) this.#abortBy(options.signal);
    process.nextTick(() => {
      if (!this.destroyed) this.emit('socket', this.socket);
      // Node sends a body only after the answer to this; the host has no such pause, so the answer is ours.
      if (/100-continue/i.test(String(this.getHeader('expect') ?? ''))) {
        this.removeHeader('expect');
        this.emit('continue');
      }
    });
  }

  #takeHeaders({ headers, auth, setHost, hostname, port, defaultPort }) {
    if (Array.isArray(headers)) {
      const flat = headers.flat();
      for (let index = 0; index < flat.length; index += 2) this.appendHeader(flat[index], flat[index + 1]);
    } else for (const name of Object.keys(headers ?? {})) this.setHeader(name, headers[name]);
    if (setHost !== false && !this.hasHeader('host')) {
      const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
      this.setHeader('Host', port === defaultPort ? host : `${host}:${port}`);
    }
    if (auth && !this.hasHeader('authorization')) this.setHeader('Authorization', `Basic ${Buffer.from(auth).toString('base64')}`);
  }

  #abortBy(signal) {
    const abort = () => this.destroy(Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR', cause: signal.reason }));
    if (signal.aborted) process.nextTick(abort);
    else signal.addEventListener('abort', abort, { once: true });
  }

  setHeader(name, value) {
    if (this.headersSent) throw coded(Error, 'ERR_HTTP_HEADERS_SENT', 'Cannot set headers after they are sent to the client');
    checkHeader(name, value);
    this.#headers.set(name.toLowerCase(), { name, value });
    return this;
  }

  appendHeader(name, value) {
    const known = this.getHeader(name);
    return this.setHeader(name, known === undefined ? value : [known, value].flat());
  }

  getHeader(name) { return this.#headers.get(name.toLowerCase())?.value; }
  hasHeader(name) { return this.#headers.has(name.toLowerCase()); }
  removeHeader(name) { this.#headers.delete(name.toLowerCase()); }
  getHeaderNames() { return [...this.#headers.keys()]; }
  getRawHeaderNames() { return [...this.#headers.values()].map(({ name }) => name); }
  getHeaders() { return Object.fromEntries([...this.#headers].map(([key, { value }]) => [key, value])); }
  get _headers() { return this.getHeaders(); }
  get res() { return this.#response; }
  get finished() { return this.writableEnded; }

  /** Sends the head. A length is known where the body is written with `end` alone, or not at all. */
  #start(hasBody, length) {
    if (this.#exchange || this.destroyed) return;
    this.headersSent = true;
    if (length !== undefined && !this.hasHeader('content-length') && !this.hasHeader('transfer-encoding') && (hasBody || !BODILESS.has(this.method))) {
      this.#headers.set('content-length', { name: 'Content-Length', value: length });
    }
    // How the body is framed and when the connection ends is the host's matter.
    const own = [...this.#headers.entries()].filter(([key]) => key !== 'connection' && key !== 'transfer-encoding' && key !== 'keep-alive');
    const headers = own.flatMap(([, { name, value }]) => [value].flat().map((one) => [name, `${one}`]));
    const { protocol, hostname, port } = this.#options;
    const tls = protocol === 'https:' ? tlsOptions({ ...this.agent?.options, ...this.#options }, this.#options.servername) : undefined;
    const exchange = require('hedgerow:node/binding').request({ method: this.method, protocol, hostname, port, path: this.path, headers, hasBody, tls });
    this.#exchange = exchange;
    this._touch();
    exchange.head.then((head) => this.#answered(exchange, head), (error) => this.#failed(error));
  }

  #answered(exchange, head) {
    if (this.destroyed) return;
    this._touch();
    this.#connected(head);
    const response = new IncomingMessage(exchange, head, this);
    this.#response = response;
    if (this.listenerCount('response') === 0) response.resume();
    else this.emit('response', response);
  }

  #connected({ remoteAddress, remotePort }) {
    Object.assign(this.socket, { connecting: false, remoteAddress, remotePort });
    this.socket.emit('connect');
    if (this.protocol === 'https:') this.socket.emit('secureConnect');
  }

  #failed(error) {
    if (this.destroyed) return;
    this.destroy(error);
  }

  _write(chunk, _encoding, callback) {
    // What `end` is given comes here with nothing after it: then its length is that of the body.
    this.#start(true, this.writableEnded && !this.headersSent && this.writableLength === chunk.length ? chunk.length : undefined);
    if (!this.#exchange) { callback(); return; }
    this.#exchange.writeBody(chunk).then(() => { this._touch(); callback(); }, (error) => {
      // The answer may be there already, or say more than that the other side took no more of the body.
      if (this.#response) callback();
      else { this.#failed(error); callback(); }
    });
  }

  _final(callback) {
    this.#start(false, 0);
    this.#exchange?.endBody();
    callback();
  }

  end(chunk, encoding, callback) {
    // Corked, so that the only chunk is written when it is known to be the last.
    if (typeof chunk !== 'function' && chunk !== undefined && chunk !== null && !this.headersSent) {
      this.cork();
      super.end(chunk, encoding, callback);
      return this;
    }
    super.end(chunk, encoding, callback);
    return this;
  }

  flushHeaders() { this.#start(!BODILESS.has(this.method) || this.hasHeader('content-length') || this.hasHeader('transfer-encoding')); }
  abort() { if (!this.aborted) { this.aborted = true; process.nextTick(() => this.emit('abort')); this.destroy(); } }

  destroy(error) {
    if (this.destroyed) return this;
    super.destroy(error);
    return this;
  }

  _destroy(error, callback) {
    clearTimeout(this.#timer);
    this.#exchange?.abort();
    const response = this.#response;
    if (response && !response.complete) {
      response.aborted = true;
      response.destroy(error ?? coded(Error, 'ECONNRESET', 'aborted'));
      callback(null);
    } else callback(error ?? (response ? null : coded(Error, 'ECONNRESET', 'socket hang up')));
    process.nextTick(() => this._closed());
  }

  /** The exchange is over. */
  _closed() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.socket.destroyed = true;
    process.nextTick(() => {
      this.emit('close');
      this.socket.emit('close', false);
    });
  }

  setTimeout(milliseconds, callback) {
    this.timeout = milliseconds;
    this.#milliseconds = milliseconds;
    if (callback) this.once('timeout', callback);
    this._touch();
    return this;
  }

  /** Something went over the connection. */
  _touch() {
    clearTimeout(this.#timer);
    if (!(this.#milliseconds > 0) || this.#isClosed) return;
    this.#timer = setTimeout(() => { this.socket.emit('timeout'); this.emit('timeout'); }, this.#milliseconds).unref();
  }

  setNoDelay() {}
  setSocketKeepAlive() {}
}

/** Without a body they have no length either. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** Options of the three ways to call `request`; `fallback` is the module's own protocol, port and agent. */
function requestOptions(args, fallback) {
  const [first, second] = args;
  const given = typeof first === 'string' || first instanceof URL ? { ...fromUrl(new URL(String(first))), ...own(second) } : { ...own(first) };
  const agent = given.agent === undefined || given.agent === null ? fallback.agent : given.agent;
  const protocol = given.protocol || agent?.protocol || fallback.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw coded(TypeError, 'ERR_INVALID_PROTOCOL', `Protocol "${protocol}" not supported. Expected "${fallback.protocol}"`);
  }
  if (given.socketPath) throw coded(Error, 'EACCES', `connect EACCES ${given.socketPath}`);
  const hostname = String(given.hostname || given.host || 'localhost').replace(/^\[(.*)\]$/, '$1');
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const port = Number(given.port || given.defaultPort || defaultPort);
  return { ...given, agent: agent || undefined, protocol, hostname, host: hostname, defaultPort, port };
}

const own = (value) => (value !== null && typeof value === 'object' ? value : {});

function fromUrl(url) {
  const auth = url.username || url.password ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` : undefined;
  return { protocol: url.protocol, hostname: url.hostname, port: url.port, path: `${url.pathname}${url.search}`, ...(auth && { auth }) };
}

/** `request` and `get` of a module whose own protocol is `protocol`. */
function clientOf(protocol, globalAgent) {
  const request = (...args) => {
    const callback = args.find((one) => typeof one === 'function');
    return new ClientRequest(requestOptions(args, { protocol, agent: globalAgent() }), callback);
  };
  const get = (...args) => { const started = request(...args); started.end(); return started; };
  return { request, get };
}

function noServers() {
  throw coded(Error, 'EACCES', 'an app cannot listen for connections');
}

const client = clientOf('http:', () => module.exports.globalAgent);
module.exports = {
  Agent,
  ClientRequest: function (options, callback) { return client.request(options, callback); },
  IncomingMessage,
  METHODS,
  OutgoingMessage: ClientRequest,
  STATUS_CODES,
  Server: noServers,
  createServer: noServers,
  clientOf,
  globalAgent: new Agent({ keepAlive: true }),
  maxHeaderSize: 16384,
  validateHeaderName: (name) => checkHeader(name, ''),
  validateHeaderValue: checkHeader,
  ...client,
};
