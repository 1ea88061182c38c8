// `zlib`: the core's functions, and streams over its open compressors.

const core = require('hedgerow:imports/zlib');
const { Transform } = require('stream');

const KINDS = {
  Gzip: 'gzip', Gunzip: 'gunzip', Deflate: 'deflate', Inflate: 'inflate', DeflateRaw: 'deflateRaw', InflateRaw: 'inflateRaw', Unzip: 'unzip',
  BrotliCompress: 'brotliCompress', BrotliDecompress: 'brotliDecompress',
};
const { constants } = core;

class ZlibBase extends Transform {
  #native;
  #isFlushing = false;

  constructor(kind, options = {}) {
    super({ highWaterMark: options.highWaterMark, autoDestroy: true, ...(options.readableObjectMode && { readableObjectMode: true }) });
    this.#native = require('hedgerow:node/zlib_stream').open(kind, options);
    this.bytesWritten = 0;
  }

  get bytesRead() { return this.bytesWritten; }

  #give(chunk, flush, callback) {
    try {
      // What follows the end of compressed data is not data.
      if (!this.#native.isFinished()) {
        const out = this.#native.push(chunk, flush);
        if (out.length > 0) this.push(Buffer.from(out.buffer, out.byteOffset, out.length));
      }
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  _transform(chunk, _encoding, callback) {
    this.bytesWritten += chunk.length;
    this.#give(chunk, this.#native.flush ?? 'none', callback);
  }

  _flush(callback) {
    this.#give(new Uint8Array(), this.#native.finishFlush ?? 'finish', callback);
  }

  /** Gives what the compressor holds back, once what was written before has gone through it. */
  flush(kind, callback) {
    const done = typeof kind === 'function' ? kind : callback;
    const flush = typeof kind === 'number' ? kind : constants.Z_FULL_FLUSH;
    const now = () => {
      this.#isFlushing = false;
      this.#give(new Uint8Array(), flush, (error) => { if (error) this.destroy(error); else done?.(); });
    };
    if (this.writableLength > 0 || this.#isFlushing) {
      this.#isFlushing = true;
      this.once('drain', now);
    } else process.nextTick(now);
  }

  params(_level, _strategy, callback) { process.nextTick(callback); }
  reset() {}
  close(callback) { if (callback) this.once('close', callback); this.destroy(); }
}

const streams = {};
for (const [name, kind] of Object.entries(KINDS)) {
  // A function and no class: Node's may be called without `new`.
  const Kind = function (options) { return new.target ? Reflect.construct(ZlibBase, [kind, options], new.target) : new Kind(options); };
  Object.defineProperty(Kind, 'name', { value: name });
  Object.setPrototypeOf(Kind.prototype, ZlibBase.prototype);
  streams[name] = Kind;
  streams[`create${name}`] = (options) => new Kind(options);
}

/** A function that calls back, so that what the callback throws is not lost (process.js). */
function byTick(start) {
  return (...args) => start(...args.map((one) => (typeof one === 'function' ? (...results) => process.nextTick(one, ...results) : one)));
}

// Not by spreading: the core's own stream classes lead here.
const zlib = Object.create(null);
for (const name of Object.keys(core)) if (!(name in streams)) zlib[name] = `${name}Sync` in core ? byTick(core[name]) : core[name];
module.exports = Object.assign({}, zlib, streams);
