// `tls`: the host's TLS on a connection of the host.

const net = require('net');

/** PEM texts: Node takes strings, bytes and lists of both. */
function texts(value) {
  if (value === undefined || value === null || value === false) return undefined;
  return (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'string' ? one : Buffer.from(one).toString('latin1')));
}

/** What the host needs to know of Node's options. */
function tlsOptions(options, host) {
  const secure = { ...options, ...options.secureContext?.context };
  const name = secure.servername ?? host ?? '';
  return {
    servername: name && !net.isIP(name) ? name : secure.servername || host || '',
    ca: texts(secure.ca),
    cert: texts(secure.cert)?.join('\n'),
    key: texts(secure.key)?.join('\n'),
    rejectUnauthorized: secure.rejectUnauthorized !== false,
    alpnProtocols: (secure.ALPNProtocols ?? []).map((one) => (typeof one === 'string' ? one : Buffer.from(one).toString('latin1'))),
    checkServerName: secure.checkServerIdentity === undefined,
  };
}

class TLSSocket extends net.Socket {
  #handshake = null;
  #options;

  constructor(socket, options = {}) {
    super(options);
    this.encrypted = true;
    this.authorized = false;
    this.authorizationError = null;
    this.#options = options;
    this.servername = options.servername;
    if (socket) this.#takeOver(socket);
  }

  /** Goes on with the connection of a socket that has spoken in plain so far. */
  #takeOver(socket) {
    socket._isUpgraded = true;
    this._parent = socket;
    this.connecting = true;
    const start = () => this._adopt(socket._connection);
    if (socket._connection) process.nextTick(start);
    else socket.once('connect', start);
    socket.on('error', (error) => this.destroy(error));
    this.once('close', () => socket.destroy());
  }

  connect(...args) {
    this.#options = { ...this.#options, ...args.find((one) => one && typeof one === 'object') };
    return super.connect(...args);
  }

  _adopt(connection) {
    if (this.destroyed) {
      connection.close();
      return;
    }
    const host = this.#options.servername || this.#options.host || 'localhost';
    connection.startTls(tlsOptions(this.#options, host)).then(
      (handshake) => {
        this.#handshake = handshake;
        this.authorized = handshake.authorized;
        this.authorizationError = handshake.authorizationError;
        this.alpnProtocol = handshake.alpnProtocol ?? false;
        const refused = this.authorized && this.#options.checkServerIdentity?.(host, this.getPeerCertificate());
        if (refused) {
          connection.close();
          this.destroy(refused);
        } else super._adopt(connection);
      },
      (error) => { this.connecting = false; connection.close(); this.destroy(error); },
    );
  }

  _announce() {
    super._announce();
    this.emit('secure');
    this.emit('secureConnect');
  }

  getPeerCertificate() { return this.#handshake ? { raw: Buffer.from(this.#handshake.peerCertificate), subject: {}, issuer: {} } : {}; }
  getProtocol() { return this.#handshake?.protocol ?? null; }
  getCipher() { const name = this.#handshake?.cipher; return name ? { name, standardName: name, version: this.getProtocol() } : {}; }
  getSession() { return undefined; }
  isSessionReused() { return false; }
  setServername(name) { this.servername = name; }
  setSession() {}
  disableRenegotiation() {}
}

/** `connect(options)`, `connect(port[, host][, options])` and a last function of any of them. */
function connect(...args) {
  const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
  const options = Object.assign({}, ...args.filter((one) => one !== null && typeof one === 'object'));
  if (typeof args[0] !== 'object') Object.assign(options, { port: Number(args[0]) }, typeof args[1] === 'string' && { host: args[1] });
  const socket = new TLSSocket(options.socket, options);
  if (callback) socket.once('secureConnect', callback);
  if (options.timeout) socket.setTimeout(options.timeout);
  if (!options.socket) socket.connect({ host: options.host, port: options.port, family: options.family });
  return socket;
}

module.exports = {
  TLSSocket,
  connect,
  createSecureContext: (options = {}) => ({ context: { ca: options.ca, cert: options.cert, key: options.key } }),
  checkServerIdentity: () => undefined,
  rootCertificates: [],
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
  getCiphers: () => ['tls_aes_128_gcm_sha256', 'tls_aes_256_gcm_sha384', 'tls_chacha20_poly1305_sha256'],
  tlsOptions,
};
