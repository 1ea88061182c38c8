// `net`: TCP connections of the host as Node's sockets. There are no servers, no pipes, and no way around the host's guard.

const { Duplex } = require('stream');

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const V6_GROUP = /^[\da-fA-F]{1,4}$/;

const isIPv4 = (text) => V4.test(`${text}`);

function isIPv6(text) {
  let address = `${text}`.replace(/%[\w.-]+$/, '');
  if (!address.includes(':')) return false;
  const last = address.slice(address.lastIndexOf(':') + 1);
  if (last.includes('.')) {
    if (!isIPv4(last)) return false;
    address = `${address.slice(0, -last.length)}0:0`;
  }
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  return groups.every((group) => V6_GROUP.test(group)) && (halves.length === 2 ? groups.length < 8 : groups.length === 8);
}

const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);

/** `connect(port[, host])`, `connect(options)` and a last function of any of them. */
function connectArguments(args) {
  const given = [...args];
  const callback = typeof given[given.length - 1] === 'function' ? given.pop() : undefined;
  if (given[0] !== null && typeof given[0] === 'object') return { options: given[0], callback };
  if (typeof given[0] === 'string' && !/^\d+$/.test(given[0])) return { options: { path: given[0] }, callback };
  return { options: { port: Number(given[0]), host: typeof given[1] === 'string' ? given[1] : undefined }, callback };
}

class Socket extends Duplex {
  /** The host's connection, from the `connect` event on. */
  _connection = null;
  /** Since a TLS socket took the connection over, it alone reads. */
  _isUpgraded = false;
  #isRef = true;
  #idle = { milliseconds: 0, timer: null };
  #whenConnected = [];

  constructor(options = {}) {
    super({
      allowHalfOpen: options.allowHalfOpen ?? false, autoDestroy: true, decodeStrings: true, emitClose: true, highWaterMark: options.highWaterMark,
    });
    this.connecting = false;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    // As Node: the other side's end is ours, unless both halves are wanted.
    if (!this.allowHalfOpen) this.on('end', () => { if (this.writable) this.end(); });
  }

  connect(...args) {
    const { options, callback } = connectArguments(args);
    if (callback) this.once('connect', callback);
    if (options.path) throw Object.assign(new Error(`connect EACCES ${options.path}`), { code: 'EACCES', syscall: 'connect', address: options.path });
    this.connecting = true;
    const { host = 'localhost', port, family = 0 } = options;
    // With a hostname that the caller resolves itself the host still resolves and checks: a look-up of the caller's could name any address.
    require('hedgerow:node/binding').connect({ host: String(host), port: Number(port), family: Number(family) || 0 }).then(
      (connection) => this._adopt(connection),
      (error) => { this.connecting = false; this.destroy(error); },
    );
    return this;
  }

  /** Takes a connection that is there. */
  _adopt(connection) {
    if (this.destroyed) {
      connection.close();
      return;
    }
    this.connecting = false;
    this._connection = connection;
    if (!this.#isRef) connection.unref();
    this.#touch();
    this._announce();
    for (const go of this.#whenConnected.splice(0)) go();
  }

  _announce() {
    this.emit('connect');
    this.emit('ready');
  }

  /** Runs `action` once there is a connection. */
  #connected(action) {
    if (this._connection && !this.connecting) action(this._connection);
    else this.#whenConnected.push(() => action(this._connection));
  }

  _read() {
    this.#connected((connection) => {
      if (this._isUpgraded) return;
      connection.read().then(
        (bytes) => {
          if (this.destroyed || this._isUpgraded) return;
          this.#touch();
          if (bytes) this.bytesRead += bytes.length;
          this.push(bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
        },
        (error) => { this.destroy(error); },
      );
    });
  }

  _write(chunk, _encoding, callback) {
    this.#connected((connection) => {
      this.bytesWritten += chunk.length;
      connection.write(chunk).then(() => { this.#touch(); callback(); }, (error) => callback(error));
    });
  }

  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', callback);
  }

  _final(callback) {
    this.#connected((connection) => { connection.shutdown().then(() => callback(), () => callback()); });
  }

  _destroy(error, callback) {
    clearTimeout(this.#idle.timer);
    this.connecting = false;
    this.#whenConnected.length = 0;
    if (!this._isUpgraded) this._connection?.close();
    // Node says with `close` whether an error was the reason.
    this.hadError = Boolean(error);
    callback(error);
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy() { return this.destroy(); }

  setTimeout(milliseconds, callback) {
    this.timeout = milliseconds;
    this.#idle.milliseconds = milliseconds;
    if (callback) { if (milliseconds > 0) this.once('timeout', callback); else this.off('timeout', callback); }
    this.#touch();
    return this;
  }

  #touch() {
    clearTimeout(this.#idle.timer);
    if (this.#idle.milliseconds > 0 && !this.destroyed) {
      this.#idle.timer = setTimeout(() => { this.emit('timeout'); }, this.#idle.milliseconds).unref();
    }
  }

  setNoDelay(isOn = true) { this.#connected((connection) => connection.setNoDelay(Boolean(isOn))); return this; }
  setKeepAlive(isOn = false, milliseconds = 0) { this.#connected((connection) => connection.setKeepAlive(Boolean(isOn), Number(milliseconds) || 0)); return this; }
  ref() { this.#isRef = true; this._connection?.ref(); return this; }
  unref() { this.#isRef = false; this._connection?.unref(); return this; }
  address() { return this._connection ? { address: this.localAddress, port: this.localPort, family: this.remoteFamily } : {}; }

  get remoteAddress() { return this._connection?.remoteAddress; }
  get remotePort() { return this._connection?.remotePort; }
  get remoteFamily() { return this._connection?.remoteFamily; }
  get localAddress() { return this._connection?.localAddress; }
  get localPort() { return this._connection?.localPort; }
  get pending() { return this._connection === null; }
  get bufferSize() { return this.writableLength; }
  get readyState() {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }
}

const connect = (...args) => {
  const { options } = connectArguments(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(...args);
};

function noServers() {
  throw Object.assign(new Error('an app cannot listen for connections'), { code: 'EACCES', syscall: 'listen' });
}

module.exports = {
  Socket, Stream: Socket, connect, createConnection: connect, isIP, isIPv4, isIPv6, Server: noServers, createServer: noServers,
  getDefaultAutoSelectFamily: () => false, setDefaultAutoSelectFamily() {},
};
