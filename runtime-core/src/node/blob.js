// Blob and File of `require('buffer')`, without streams.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Date, Error, Math, Number, Object, Promise, String, Symbol, TypeError, Uint8Array } = builtins;
  const { coded, invalidType } = load('node/errors');
  const { bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');

  let bytesOfBlob;

  function part(source, endings) {
    if (source instanceof Blob) return bytesOfBlob(source);
    const bytes = bytesOf(source);
    if (bytes !== undefined) return new Uint8Array(bytes);
    const text = `${source}`;
    return Buffer.from((endings === 'native' ? text.replace(/\r\n|\r/g, '\n') : text).toWellFormed());
  }

  /** What is no printable ASCII makes a type empty. */
  function typeOf(type) {
    const text = `${type}`;
    return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase();
  }

  class Blob {
    #bytes;
    #type;

    static {
      bytesOfBlob = (blob) => blob.#bytes;
    }

    constructor(sources = [], options = {}) {
      if (sources === null || typeof sources !== 'object' || typeof sources[Symbol.iterator] !== 'function') {
        throw invalidType('The "sources" argument', 'an instance of Sequence', sources);
      }
      if (options !== undefined && options !== null && typeof options !== 'object') {
        throw invalidType('The "options" argument', 'of type object', options);
      }
      const { type = '', endings = 'transparent' } = options || {};
      this.#bytes = Buffer.concat(Array.from(sources, (source) => part(source, endings)));
      this.#type = typeOf(type);
    }

    get size() { return this.#bytes.length; }
    get type() { return this.#type; }

    slice(start = 0, end = this.size, contentType = '') {
      const at = (offset) => (offset < 0 ? Math.max(this.size + offset, 0) : Math.min(Number(offset), this.size));
      const [from, to] = [at(start), at(end)];
      return new Blob([this.#bytes.subarray(from, Math.max(from, to))], { type: contentType });
    }

    arrayBuffer() { return Promise.resolve(new Uint8Array(this.#bytes).buffer); }
    text() { return Promise.resolve(this.#bytes.toString()); }
    stream() { throw new Error('hedgerow does not provide Blob.stream: use arrayBuffer or text'); }
  }
  Object.defineProperty(Blob.prototype, Symbol.toStringTag, { configurable: true, value: 'Blob' });

  class File extends Blob {
    #name;
    #lastModified;

    constructor(fileBits, fileName, options = {}) {
      if (arguments.length < 2) {
        throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "fileBits" and "fileName" arguments must be specified');
      }
      super(fileBits, options);
      this.#name = String(fileName).toWellFormed();
      const { lastModified } = options || {};
      this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
    }

    get name() { return this.#name; }
    get lastModified() { return this.#lastModified; }
  }
  Object.defineProperty(File.prototype, Symbol.toStringTag, { configurable: true, value: 'File' });

  return { Blob, File };
})
