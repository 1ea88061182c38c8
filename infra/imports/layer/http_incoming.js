// Part of `http`: the answer to a request, and what stands for the connection of both.

const { Readable } = require('stream');
const EventEmitter = require('events');

/** Received twice, the first of these counts; all others are joined. */
const SINGLE = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since', 'if-unmodified-since',
  'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent',
]);

/** What a request and its answer know of their connection. */
class ExchangeSocket extends EventEmitter {
  #request;

  constructor(request, isSecure) {
    super();
    this.#request = request;
    this.connecting = true;
    this.destroyed = false;
    this.writable = true;
    this.readable = true;
    this.encrypted = isSecure;
    this.authorized = isSecure;
  }

  setKeepAlive() { return this; }
  setNoDelay() { return this; }
  ref() { return this; }
  unref() { return this; }
  cork() {}
  uncork() {}
  setTimeout(milliseconds, callback) { this.#request.setTimeout(milliseconds, callback); return this; }
  destroy(error) { this.#request.destroy(error); return this; }
  end() { return this; }
  getPeerCertificate() { return {}; }
  getSession() { return undefined; }
  isSessionReused() { return false; }
}

class IncomingMessage extends Readable {
  #exchange;

  constructor(exchange, head, request) {
    super({ autoDestroy: true });
    this.#exchange = exchange;
    this.req = request;
    this.socket = request.socket;
    this.connection = request.socket;
    this.statusCode = head.status;
    this.statusMessage = head.statusText;
    this.httpVersion = head.httpVersion;
    [this.httpVersionMajor, this.httpVersionMinor] = head.httpVersion.split('.').map(Number);
    this.url = '';
    this.method = null;
    this.complete = false;
    this.aborted = false;
    this.rawHeaders = head.headers.flat();
    this.headers = joined(head.headers);
    this.trailers = {};
    this.rawTrailers = [];
  }

  get headersDistinct() {
    const all = Object.create(null);
    for (let index = 0; index < this.rawHeaders.length; index += 2) (all[this.rawHeaders[index].toLowerCase()] ??= []).push(this.rawHeaders[index + 1]);
    return all;
  }

  _read() {
    this.#exchange.readBody().then(
      (bytes) => {
        if (this.destroyed) return;
        this.req._touch();
        if (!bytes) this.complete = true;
        this.push(bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      },
      (error) => {
        this.aborted = true;
        this.emit('aborted');
        this.destroy(error);
      },
    );
  }

  _destroy(error, callback) {
    if (!this.complete) this.#exchange.abort();
    this.req._closed();
    callback(error);
  }

  setTimeout(milliseconds, callback) { this.req.setTimeout(milliseconds, callback); return this; }
}

/** Headers by their names in lower case, joined as Node does. */
function joined(pairs) {
  const headers = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    if (key === 'set-cookie') (headers[key] ??= []).push(value);
    else if (!Object.hasOwn(headers, key)) headers[key] = value;
    else if (!SINGLE.has(key)) headers[key] += `${key === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

module.exports = { ExchangeSocket, IncomingMessage };
