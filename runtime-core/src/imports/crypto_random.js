// What is random in the import `crypto`, and comparing in a time that tells nothing.
(function (builtins, natives, load) {
  'use strict';
  const { ArrayBuffer, Error, Math, Number, Object, RangeError, TypeError, Uint8Array } = builtins;
  const { plain, invalidType, outOfRange } = load('node/errors');
  const { bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const { checkCallback, later } = load('imports/crypto_shared');

  const RANDOM_CHUNK_BYTES = 65536;
  const MAX_RANDOM_BYTES = 2147483647;
  const MAX_RANGE = 281474976710655;

  function fill(bytes) {
    for (let at = 0; at < bytes.length; at += RANDOM_CHUNK_BYTES) {
      bytes.set(new Uint8Array(natives.random(Math.min(RANDOM_CHUNK_BYTES, bytes.length - at))), at);
    }
    return bytes;
  }

  function randomBytes(size, callback) {
    if (typeof size !== 'number') throw invalidType('The "size" argument', 'of type number', size);
    if (!(size >= 0 && size <= MAX_RANDOM_BYTES)) throw outOfRange('size', `>= 0 && <= ${MAX_RANDOM_BYTES}`, size);
    if (callback === undefined) return fill(Buffer.alloc(size));
    return later(callback, () => fill(Buffer.alloc(size)));
  }

  function randomFillSync(target, offset = 0, size) {
    const bytes = bytesOf(target);
    if (bytes === undefined) throw invalidType('The "buf" argument', 'an instance of ArrayBuffer or ArrayBufferView', target);
    fill(range(bytes, target.BYTES_PER_ELEMENT || 1, offset, size));
    return target;
  }

  /** The part of `bytes` from an offset on; offset and size count elements of the array that was given. */
  function range(bytes, width, offset, size) {
    if (typeof offset !== 'number') throw invalidType('The "offset" argument', 'of type number', offset);
    const start = offset * width;
    if (!(start >= 0 && start <= bytes.length)) throw outOfRange('offset', `>= 0 && <= ${bytes.length}`, start);
    if (size === undefined) return bytes.subarray(start);
    if (typeof size !== 'number') throw invalidType('The "size" argument', 'of type number', size);
    const length = size * width;
    if (!(length >= 0 && length <= MAX_RANDOM_BYTES)) throw outOfRange('size', `>= 0 && <= ${MAX_RANDOM_BYTES}`, length);
    if (start + length > bytes.length) throw outOfRange('size + offset', `<= ${bytes.length}`, start + length);
    return bytes.subarray(start, start + length);
  }

  function randomFill(target, offset, size, callback) {
    const bytes = bytesOf(target);
    if (bytes === undefined) throw invalidType('The "buf" argument', 'an instance of ArrayBuffer or ArrayBufferView', target);
    if (typeof offset === 'function') [offset, size, callback] = [0, undefined, offset];
    else if (typeof size === 'function') [size, callback] = [undefined, size];
    checkCallback(callback);
    const part = range(bytes, target.BYTES_PER_ELEMENT || 1, offset === undefined ? 0 : offset, size);
    later(callback, () => {
      fill(part);
      return target;
    });
  }

  const MAX_VALUES_BYTES = 65536;

  /** A DOMException of the standard's name and number, as far as there is one here. */
  function domError(name, code, message) {
    const error = new Error(message);
    for (const [key, value] of [['name', name], ['code', code]]) {
      Object.defineProperty(error, key, { configurable: true, value, writable: true });
    }
    return error;
  }

  function getRandomValues(array) {
    const bytes = ArrayBuffer.isView(array) && !/^(?:Float|DataView)/.test(array.constructor.name) ? bytesOf(array) : undefined;
    if (bytes === undefined) throw domError('TypeMismatchError', 17, 'The data argument must be an integer-type TypedArray');
    if (bytes.length > MAX_VALUES_BYTES) throw domError('QuotaExceededError', 22, 'The requested length exceeds 65,536 bytes');
    fill(bytes);
    return array;
  }

  function randomUUID(options) {
    if (options !== undefined && (typeof options !== 'object' || options === null)) {
      throw invalidType('The "options" argument', 'of type object', options);
    }
    const uncached = options === undefined ? undefined : options.disableEntropyCache;
    if (uncached !== undefined && typeof uncached !== 'boolean') {
      throw invalidType('The "options.disableEntropyCache" property', 'of type boolean', uncached);
    }
    const bytes = fill(Buffer.alloc(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  function checkSafe(value, name) {
    if (!Number.isSafeInteger(value)) throw invalidType(`The "${name}" argument`, 'a safe integer', value);
  }

  function randomInt(min, max, callback) {
    const fromZero = max === undefined || typeof max === 'function';
    if (fromZero) [min, max, callback] = [0, min, max];
    if (callback !== undefined) checkCallback(callback);
    checkSafe(min, 'min');
    checkSafe(max, 'max');
    if (max <= min) throw outOfRange('max', `greater than the value of "min" (${min})`, max);
    const range = max - min;
    if (range > MAX_RANGE) throw outOfRange(fromZero ? 'max' : 'max - min', `<= ${MAX_RANGE}`, range);
    const draw = () => {
      // Values above the last whole multiple of the range would make small results likelier.
      const limit = MAX_RANGE + 1 - ((MAX_RANGE + 1) % range);
      for (;;) {
        const value = fill(Buffer.alloc(6)).readUIntBE(0, 6);
        if (value < limit) return min + (value % range);
      }
    };
    // Without an error Node's callback gets undefined here, and null everywhere else.
    return callback === undefined ? draw() : later((_, value) => callback(undefined, value), draw);
  }

  function timingSafeEqual(buf1, buf2) {
    const [left, right] = [['buf1', buf1], ['buf2', buf2]].map(([name, value]) => {
      const bytes = bytesOf(value);
      if (bytes !== undefined) return bytes;
      const message = `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`;
      throw plain(TypeError, 'ERR_INVALID_ARG_TYPE', message);
    });
    if (left.length === right.length) return natives.equal(left, right);
    throw plain(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  }

  return {
    fill, getRandomValues, pseudoRandomBytes: randomBytes, randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual,
  };
})
