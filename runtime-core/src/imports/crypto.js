// The import `crypto`: digests, HMAC and randomness of Node's module. What is not here yet throws an error that says so.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Math, Number, Object, Promise, RangeError, String, TypeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange, checkInteger } = load('node/errors');
  const { canonical, encode, bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');

  const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
  const RANDOM_CHUNK_BYTES = 65536;
  const MAX_RANDOM_BYTES = 2147483647;
  const MAX_RANGE = 281474976710655;
  const BYTES = 'of type string or an instance of Buffer, TypedArray, or DataView';
  const KEY = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey';

  /** `SHA256`, `RSA-SHA256` and `sha-256` are names of sha256, as OpenSSL has it. */
  function algorithmOf(name) {
    const bare = name.toLowerCase().replace(/^rsa-/, '');
    return /^sha-\d+$/.test(bare) ? bare.replace('-', '') : bare;
  }

  function inputBytes(data, encoding) {
    if (typeof data !== 'string') {
      const bytes = builtins.ArrayBuffer.isView(data) ? bytesOf(data) : undefined;
      if (bytes === undefined) throw invalidType('The "data" argument', BYTES, data);
      return bytes;
    }
    const name = canonical(encoding || 'utf8') || 'utf8';
    if (name === 'hex' && data.length % 2 !== 0) {
      const message = `The argument 'encoding' is invalid for data of length ${data.length}. Received '${encoding}'`;
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);
    }
    return new Uint8Array(encode(data, name));
  }

  function output(bytes, encoding) {
    const buffer = Buffer.from(bytes);
    if (encoding === undefined || encoding === null || encoding === 'buffer') return buffer;
    const name = canonical(`${encoding}`);
    return name === undefined ? buffer : buffer.toString(name);
  }

  function finalized() {
    return coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
  }

  class HashState {
    #step;
    #finished = false;
    constructor(step) { this.#step = step; }

    update(data, inputEncoding) {
      if (this.#finished) throw finalized();
      this.#step('update', inputBytes(data, inputEncoding));
      return this;
    }

    digest(outputEncoding) {
      if (this.#finished) throw finalized();
      this.#finished = true;
      return output(this.#step('finish'), outputEncoding);
    }

    copy() {
      if (this.#finished) throw finalized();
      return new Hash(this.#step('copy'));
    }
  }
  class Hash extends HashState {}

  /** A second digest of an HMAC is empty, and an update after it throws: so Node. */
  class Hmac {
    #step;
    #finished = false;
    constructor(step) { this.#step = step; }

    update(data, inputEncoding) {
      if (this.#finished) throw finalized();
      this.#step('update', inputBytes(data, inputEncoding));
      return this;
    }

    digest(outputEncoding) {
      const bytes = this.#finished ? new builtins.ArrayBuffer(0) : this.#step('finish');
      this.#finished = true;
      return output(bytes, outputEncoding);
    }
  }

  function createHash(algorithm) {
    if (typeof algorithm !== 'string') throw invalidType('The "algorithm" argument', 'of type string', algorithm);
    const step = natives.hash(algorithmOf(algorithm));
    if (step === undefined) throw new Error('Digest method not supported');
    return new Hash(step);
  }

  function createHmac(algorithm, key) {
    if (typeof algorithm !== 'string') throw invalidType('The "hmac" argument', 'of type string', algorithm);
    const secret = typeof key === 'string' ? new Uint8Array(encode(key, 'utf8')) : bytesOf(key);
    if (secret === undefined) throw invalidType('The "key" argument', KEY, key);
    const step = natives.hmac(algorithmOf(algorithm), secret);
    if (step !== undefined) return new Hmac(step);
    const error = new TypeError(`Invalid digest: ${algorithm}`);
    error.code = 'ERR_CRYPTO_INVALID_DIGEST';
    throw error;
  }

  function fill(bytes) {
    for (let at = 0; at < bytes.length; at += RANDOM_CHUNK_BYTES) {
      bytes.set(new Uint8Array(natives.random(Math.min(RANDOM_CHUNK_BYTES, bytes.length - at))), at);
    }
    return bytes;
  }

  /** Hands a result, or what was thrown for it, to a callback of Node's form, not before the caller has returned. */
  function later(callback, make) {
    if (typeof callback !== 'function') throw invalidType('The "callback" argument', 'of type function', callback);
    const result = make();
    Promise.resolve().then(() => callback(null, result));
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
    checkInteger(offset, 'offset', 0, bytes.length);
    const end = size === undefined ? bytes.length : offset + size;
    checkInteger(end, 'size + offset', 0, bytes.length);
    fill(bytes.subarray(offset, end));
    return target;
  }

  function randomUUID() {
    const bytes = fill(Buffer.alloc(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  function checkSafe(value, name) {
    if (!Number.isSafeInteger(value)) throw invalidType(`The "${name}" argument`, 'a safe integer', value);
  }

  function randomInt(min, max, callback) {
    if (max === undefined || typeof max === 'function') {
      [min, max, callback] = [0, min, max];
    }
    checkSafe(min, 'min');
    checkSafe(max, 'max');
    if (max <= min) throw outOfRange('max', `greater than the value of "min" (${min})`, max);
    const range = max - min;
    if (range > MAX_RANGE) throw outOfRange(min === 0 ? 'max' : 'max - min', `<= ${MAX_RANGE}`, range);
    const draw = () => {
      // Values above the last whole multiple of the range would make small results likelier.
      const limit = MAX_RANGE + 1 - ((MAX_RANGE + 1) % range);
      for (;;) {
        const value = fill(Buffer.alloc(6)).readUIntBE(0, 6);
        if (value < limit) return min + (value % range);
      }
    };
    return callback === undefined ? draw() : later(callback, draw);
  }

  function timingSafeEqual(buf1, buf2) {
    const [left, right] = [['buf1', buf1], ['buf2', buf2]].map(([name, value]) => {
      const bytes = bytesOf(value);
      if (bytes !== undefined) return bytes;
      const error = new TypeError(`The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    });
    if (left.length === right.length) return natives.equal(left, right);
    const error = new RangeError('Input buffers must have the same byte length');
    error.code = 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH';
    throw error;
  }

  const module = {
    createHash,
    createHmac,
    getHashes() { return ['RSA-MD5', ...ALGORITHMS.slice(1).map((name) => `RSA-${name.toUpperCase()}`), ...ALGORITHMS]; },
    getRandomValues(array) { return randomFillSync(array); },
    Hash,
    Hmac,
    randomBytes,
    pseudoRandomBytes: randomBytes,
    randomFillSync,
    randomInt,
    randomUUID,
    timingSafeEqual,
  };

  const NOT_YET = [
    'checkPrime', 'checkPrimeSync', 'createCipheriv', 'createDecipheriv', 'createDiffieHellman', 'createDiffieHellmanGroup',
    'createECDH', 'createPrivateKey', 'createPublicKey', 'createSecretKey', 'createSign', 'createVerify', 'diffieHellman',
    'generateKey', 'generateKeyPair', 'generateKeyPairSync', 'generateKeySync', 'generatePrime', 'generatePrimeSync',
    'getCipherInfo', 'getCiphers', 'getCurves', 'getDiffieHellman', 'hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync',
    'privateDecrypt', 'privateEncrypt', 'publicDecrypt', 'publicEncrypt', 'randomFill', 'scrypt', 'scryptSync', 'sign', 'verify',
  ];
  for (const name of NOT_YET) {
    module[name] = { [name]() { throw new Error(`hedgerow does not provide crypto.${name} yet`); } }[name];
  }
  return module;
})
