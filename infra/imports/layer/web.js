// What packages know from browsers: encoders, base64, aborting, clocks, structuredClone. An app sees none of it (behaviour.md a.2).

const { Buffer, atob, btoa } = require('hedgerow:node/buffer_module');
const { AbortController, AbortSignal } = require('abort-controller');
const { EventTarget } = require('event-target-shim');

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return new Uint8Array(Buffer.from(`${text}`)); }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = Buffer.from(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

const ENCODINGS = new Map([
  ['utf-8', 'utf8'], ['utf8', 'utf8'], ['unicode-1-1-utf-8', 'utf8'], ['utf-16le', 'utf16le'], ['utf-16', 'utf16le'], ['latin1', 'latin1'],
  ['iso-8859-1', 'latin1'], ['ascii', 'latin1'], ['us-ascii', 'latin1'], ['windows-1252', 'latin1'],
]);

class TextDecoder {
  #decoder = null;
  #node;

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    this.#node = ENCODINGS.get(String(label).trim().toLowerCase());
    if (!this.#node) throw Object.assign(new RangeError(`The "${label}" encoding is not supported`), { code: 'ERR_ENCODING_NOT_SUPPORTED' });
    this.encoding = this.#node === 'utf8' ? 'utf-8' : this.#node === 'utf16le' ? 'utf-16le' : 'windows-1252';
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  decode(bytes = new Uint8Array(), { stream = false } = {}) {
    const view = ArrayBuffer.isView(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
    const isFirst = this.#decoder === null;
    let text;
    if (isFirst && !stream) text = view.toString(this.#node);
    else {
      this.#decoder ??= new (require('string_decoder').StringDecoder)(this.#node);
      text = this.#decoder.write(view) + (stream ? '' : this.#decoder.end());
      if (!stream) this.#decoder = null;
    }
    if (this.fatal && this.#node === 'utf8' && text.includes('\ufffd') && !view.includes('\ufffd')) {
      throw Object.assign(new TypeError('The encoded data was not valid for encoding utf-8'), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
    }
    return isFirst && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
}

const performance = { now: () => process.uptime() * 1e3, timeOrigin: Date.now(), mark() {}, measure() {} };

function abortError(message = 'This operation was aborted', name = 'AbortError') {
  return Object.assign(new Error(message), { name, code: name === 'AbortError' ? 'ABORT_ERR' : 23 });
}

// The npm package is older than reasons and these static functions.
const abort = AbortController.prototype.abort;
const reasons = new WeakMap();
AbortController.prototype.abort = function (reason = abortError()) {
  if (!this.signal.aborted) reasons.set(this.signal, reason);
  abort.call(this);
};
// Packages tell it by its name, and a bundler may have changed that.
Object.defineProperty(AbortSignal, 'name', { value: 'AbortSignal' });
Object.defineProperty(AbortSignal.prototype, 'reason', { configurable: true, get() { return reasons.get(this); } });
AbortSignal.prototype.throwIfAborted = function () { if (this.aborted) throw this.reason; };
AbortSignal.abort = (reason) => { const controller = new AbortController(); controller.abort(reason); return controller.signal; };
AbortSignal.timeout = (milliseconds) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(abortError('The operation was aborted due to timeout', 'TimeoutError')), milliseconds).unref();
  return controller.signal;
};

/** A copy of data: what JSON has, and dates, regular expressions, maps, sets, bytes, errors, cycles. */
function structuredClone(value, _options, seen = new Map()) {
  if (typeof value === 'function' || typeof value === 'symbol') throw Object.assign(new Error(`${String(value)} could not be cloned.`), { name: 'DataCloneError', code: 25 });
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => { seen.set(value, copy); return copy; };
  const clone = (part) => structuredClone(part, undefined, seen);
  if (value instanceof Date) return keep(new Date(value));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const bytes = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
    return keep(value instanceof Buffer ? new Uint8Array(bytes) : new value.constructor(bytes));
  }
  if (value instanceof Map) { const copy = keep(new Map()); for (const [key, part] of value) copy.set(clone(key), clone(part)); return copy; }
  if (value instanceof Set) { const copy = keep(new Set()); for (const part of value) copy.add(clone(part)); return copy; }
  if (value instanceof Error) return keep(Object.assign(Object.create(Object.getPrototypeOf(value)), { message: value.message, stack: value.stack }));
  const copy = keep(Array.isArray(value) ? [] : {});
  for (const key of Object.keys(value)) copy[key] = clone(value[key]);
  return copy;
}

module.exports = {
  AbortController, AbortSignal, EventTarget, TextDecoder, TextEncoder, atob, btoa, performance,
  queueMicrotask: (callback) => { process.nextTick(callback); },
  structuredClone: (value, options) => structuredClone(value, options),
  default: AbortController,
};
