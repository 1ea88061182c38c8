// Bodies and errors of node-fetch version 2: what Request and Response share.
(function (builtins, natives, load) {
  'use strict';
  const { Array, ArrayBuffer, Error, JSON, Object, Promise, Symbol, TypeError } = builtins;
  const { bytesOf, isAnyArrayBuffer } = load('node/encodings');
  const { Buffer } = load('node/buffer');

  class FetchError extends Error {
    constructor(message, type, systemError) {
      super();
      this.message = message;
      this.type = type;
      if (systemError) this.code = this.errno = systemError.code;
    }
  }
  hide(FetchError, 'name', 'FetchError');

  class AbortError extends Error {
    constructor(message) {
      super();
      this.type = 'aborted';
      this.message = message;
    }
  }
  hide(AbortError, 'name', 'AbortError');

  function hide(Class, key, value) {
    Object.defineProperty(Class.prototype, key, { configurable: true, writable: true, value });
  }

  function isSearchParams(value) {
    if (value === null || typeof value !== 'object') return false;
    const complete = ['append', 'delete', 'get', 'getAll', 'has', 'set'].every((name) => typeof value[name] === 'function');
    return complete && typeof value.sort === 'function';
  }

  /** The content type that a kind of body implies, or null. */
  function impliedContentType(body) {
    if (body == null || bytesOf(body) !== undefined) return null;
    if (isSearchParams(body)) return 'application/x-www-form-urlencoded;charset=UTF-8';
    if (body instanceof Blob) return body.type || null;
    return 'text/plain;charset=UTF-8';
  }

  /** The bytes of a body as an app gives it, or null. */
  function toBuffer(body) {
    if (body == null) return null;
    if (body instanceof Blob) return Buffer.from(body.bytes);
    if (Buffer.isBuffer(body)) return body;
    if (isAnyArrayBuffer(body)) return Buffer.from(body);
    if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return Buffer.from(`${body}`);
  }

  class Blob {
    #bytes;
    #type;
    constructor(parts = [], { type = '' } = {}) {
      this.#bytes = Buffer.concat(Array.from(parts, (part) => toBuffer(part) || Buffer.alloc(0)));
      this.#type = /[^\x20-\x7e]/.test(type) ? '' : `${type}`.toLowerCase();
    }
    get size() { return this.#bytes.length; }
    get type() { return this.#type; }
    get bytes() { return this.#bytes; }
    text() { return Promise.resolve(this.#bytes.toString()); }
    arrayBuffer() { return Promise.resolve(exactMemory(this.#bytes)); }
    slice(start, end, type = '') { return new Blob([this.#bytes.slice(start, end)], { type }); }
  }
  hide(Blob, Symbol.toStringTag, 'Blob');

  function exactMemory(bytes) {
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }

  /** Makes real errors of what the host rejects with; anything that is none of fetch's own passes as it is. */
  function toError(reason) {
    if (reason === null || typeof reason !== 'object') return reason;
    if (reason.name === 'FetchError' && !(reason instanceof FetchError)) {
      const code = reason.code === undefined ? reason.errno : reason.code;
      return new FetchError(reason.message, reason.type, code == null ? undefined : { code });
    }
    return reason.name === 'AbortError' && !(reason instanceof AbortError) ? new AbortError(reason.message) : reason;
  }

  /** Set inside the class. For a clone: the source of a body, made so that it is read once. */
  let share;

  /** `source` is null, bytes, or a function that reads them (called once, however many clones there are). */
  class Body {
    #source;
    #used = false;

    static {
      share = (body) => {
        if (body.#used) throw new Error('cannot clone body after it is used');
        if (typeof body.#source === 'function') {
          const read = body.#source;
          let reading;
          body.#source = () => (reading ||= read());
        }
        return body.#source;
      };
    }

    constructor(source, { size = 0, timeout = 0 } = {}) {
      this.#source = source;
      this.size = size;
      this.timeout = timeout;
    }

    get bodyUsed() { return this.#used; }

    /** Null without a body; else what can be iterated over for its bytes. */
    get body() {
      if (this.#source === null || typeof this.#source !== 'function') return this.#source;
      const owner = this;
      return { async *[Symbol.asyncIterator]() { yield await owner.buffer(); } };
    }

    async #consume() {
      if (this.#used) throw new TypeError(`body used already for: ${this.url}`);
      this.#used = true;
      if (this.#source === null) return Buffer.alloc(0);
      return typeof this.#source === 'function' ? Buffer.from(await this.#source()) : this.#source;
    }

    async buffer() { return this.#consume(); }
    async text() { return (await this.#consume()).toString(); }
    async arrayBuffer() { return exactMemory(await this.#consume()); }

    async json() {
      const text = (await this.#consume()).toString();
      try {
        return JSON.parse(text);
      } catch (error) {
        throw new FetchError(`invalid json response body at ${this.url} reason: ${error.message}`, 'invalid-json');
      }
    }

    async blob() {
      const type = (this.headers && this.headers.get('content-type')) || '';
      return new Blob([await this.#consume()], { type: type.toLowerCase() });
    }

    async textConverted() {
      throw new Error('The package `encoding` must be installed to use the textConverted() function');
    }
  }

  return { Body, Blob, share, FetchError, AbortError, impliedContentType, toBuffer, toError };
})
