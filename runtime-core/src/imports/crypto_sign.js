// Signatures of the import `crypto`, and encrypting with RSA keys.
(function (builtins, natives, load) {
  'use strict';
  const { ArrayBuffer, Error, Object, Uint8Array } = builtins;
  const { coded, plain, invalidType, invalidValue } = load('node/errors');
  const { bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const { createHash, digestOf } = load('imports/crypto_hash');
  const { kindOf, privateHandle, publicHandle } = load('imports/crypto_keys');
  const { algorithmOf, anyBytes, callable, checkCallback, checkString, inputBytes, invalidDigest, later, output } =
    load('imports/crypto_shared');

  const PKCS1_PADDING = 1;
  const OAEP_PADDING = 4;
  const SALT_AUTOMATIC = -2;
  const VIEW = 'an instance of Buffer, TypedArray, or DataView';
  /** What is hashed with where no algorithm is named. */
  const DEFAULT_DIGEST = 'sha256';

  function integerOption(options, name, ifAbsent) {
    const value = options[name];
    if (value === undefined) return ifAbsent;
    if (value !== value >> 0) throw invalidValue(`options.${name}`, value);
    return value;
  }

  /** What of the options says how to sign. */
  function schemeOf(key) {
    const options = typeof key === 'object' ? key : {};
    const padding = integerOption(options, 'padding', PKCS1_PADDING);
    const saltLength = integerOption(options, 'saltLength', SALT_AUTOMATIC);
    const { dsaEncoding: encoding = 'der' } = options;
    if (encoding !== 'der' && encoding !== 'ieee-p1363') throw invalidValue('options.dsaEncoding', encoding);
    return { padding, saltLength, encoding };
  }

  function keyRequired() {
    return coded(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');
  }

  /** Ed25519 hashes by itself, so that it cannot be fed piece by piece. */
  function refuseStreamed(handle) {
    if (kindOf(handle) === 'ed25519') throw plain(Error, 'ERR_CRYPTO_UNSUPPORTED_OPERATION', 'Unsupported crypto operation');
  }

  class Running {
    #hash;
    #algorithm;

    constructor(algorithm) {
      checkString(algorithm, 'algorithm');
      this.#algorithm = algorithmOf(algorithm);
      if (digestOf(this.#algorithm, new Uint8Array(0)) === undefined) throw invalidDigest();
      this.#hash = createHash(this.#algorithm);
    }

    update(data, encoding) {
      const bytes = inputBytes(data, encoding);
      this.#running().update(bytes);
      return this;
    }

    #running() {
      if (this.#hash === undefined) throw plain(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
      return this.#hash;
    }

    /** The digest and its name; there is only one. */
    finish() {
      const digest = this.#running().digest();
      this.#hash = undefined;
      return { digest, hash: this.#algorithm };
    }
  }

  class SignClass {
    #running;

    constructor(algorithm) { this.#running = new Running(algorithm); }

    update(data, encoding) {
      this.#running.update(data, encoding);
      return this;
    }

    sign(options, encoding) {
      if (!options) throw keyRequired();
      const handle = privateHandle(options);
      const scheme = schemeOf(options);
      const { digest, hash } = this.#running.finish();
      refuseStreamed(handle);
      return output(natives.sign(handle, { ...scheme, hash }, digest), encoding);
    }
  }

  class VerifyClass {
    #running;

    constructor(algorithm) { this.#running = new Running(algorithm); }

    update(data, encoding) {
      this.#running.update(data, encoding);
      return this;
    }

    verify(options, signature, encoding) {
      const handle = publicHandle(options);
      const scheme = schemeOf(options);
      const bytes = anyBytes(signature, 'signature', encoding);
      const { digest, hash } = this.#running.finish();
      refuseStreamed(handle);
      return natives.verify(handle, { ...scheme, hash, signature: bytes }, digest);
    }
  }

  Object.defineProperty(SignClass, 'name', { value: 'Sign' });
  Object.defineProperty(VerifyClass, 'name', { value: 'Verify' });
  const Sign = callable(SignClass);
  const Verify = callable(VerifyClass);

  /** What is signed of data: its digest, or the data itself where the key hashes. */
  function prepared(algorithm, data, handle) {
    if (kindOf(handle) === 'ed25519') return { hash: algorithm == null ? '' : algorithmOf(algorithm), input: data };
    const hash = algorithmOf(algorithm == null ? DEFAULT_DIGEST : algorithm);
    return { hash, input: digestOf(hash, data) };
  }

  function checkAlgorithm(algorithm) {
    if (algorithm === undefined || algorithm === null) return;
    checkString(algorithm, 'algorithm');
  }

  function checkKnown(algorithm) {
    if (algorithm != null && digestOf(algorithm, new Uint8Array(0)) === undefined) throw invalidDigest(algorithm);
  }

  function sign(algorithm, data, key, callback) {
    checkAlgorithm(algorithm);
    if (callback !== undefined) checkCallback(callback);
    const bytes = anyBytes(data, 'data');
    if (!key) throw keyRequired();
    const scheme = schemeOf(key);
    const handle = privateHandle(key);
    checkKnown(algorithm);
    const run = () => {
      const { hash, input } = prepared(algorithm, bytes, handle);
      return Buffer.from(natives.sign(handle, { ...scheme, hash }, input));
    };
    return callback === undefined ? run() : later(callback, run);
  }

  function verify(algorithm, data, key, signature, callback) {
    checkAlgorithm(algorithm);
    if (callback !== undefined) checkCallback(callback);
    const bytes = anyBytes(data, 'data');
    const scheme = schemeOf(key);
    if (!ArrayBuffer.isView(signature)) throw invalidType('The "signature" argument', VIEW, signature);
    const handle = publicHandle(key);
    checkKnown(algorithm);
    const run = () => {
      const { hash, input } = prepared(algorithm, bytes, handle);
      return natives.verify(handle, { ...scheme, hash, signature: bytesOf(signature) }, input);
    };
    return callback === undefined ? run() : later(callback, run);
  }

  /** Padding, OAEP's digest and label, and the message. */
  function wrapping(options, buffer, padding) {
    const { oaepHash = 'sha1', oaepLabel, encoding } = typeof options === 'object' ? options : {};
    if (typeof oaepHash !== 'string') throw invalidType('The "key.oaepHash" property', 'of type string', oaepHash);
    const label = oaepLabel === undefined ? new Uint8Array(0)
      : anyBytes(oaepLabel, 'key.oaepLabel', encoding, undefined, 'property');
    const message = anyBytes(buffer, 'buffer', encoding);
    const chosen = typeof options === 'object' && options.padding !== undefined ? options.padding : padding;
    return { options: { padding: chosen, hash: algorithmOf(oaepHash), label }, message };
  }

  function publicEncrypt(key, buffer) {
    const handle = publicHandle(key);
    const { options, message } = wrapping(key, buffer, OAEP_PADDING);
    return Buffer.from(natives.publicEncrypt(handle, options, message));
  }

  function privateDecrypt(key, buffer) {
    const handle = privateHandle(key);
    const { options, message } = wrapping(key, buffer, OAEP_PADDING);
    return Buffer.from(natives.privateDecrypt(handle, options, message));
  }

  function privateEncrypt(key, buffer) {
    const handle = privateHandle(key);
    const { options, message } = wrapping(key, buffer, PKCS1_PADDING);
    return Buffer.from(natives.privateEncrypt(handle, options.padding, message));
  }

  return {
    Sign, Verify, privateDecrypt, privateEncrypt, publicEncrypt, sign, verify,
    createSign(algorithm, options) { return new Sign(algorithm, options); },
    createVerify(algorithm, options) { return new Verify(algorithm, options); },
  };
})
