// Keys out of passwords and other keys: PBKDF2, scrypt and HKDF of the import `crypto`.
(function (builtins, natives, load) {
  'use strict';
  const { Error, RangeError } = builtins;
  const { coded, plain, invalidType, outOfRange, checkInteger } = load('node/errors');
  const { bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const { secretBytes } = load('imports/crypto_keys');
  const { algorithmOf, anyBytes, checkCallback, checkString, invalidDigest, later } = load('imports/crypto_shared');
  const { digestOf } = load('imports/crypto_hash');

  const MAX_INT32 = 2147483647;
  const MAX_UINT32 = 4294967295;
  const MAX_INFO_BYTES = 1024;
  /** Rounds of PBKDF2 between two moments at which an isolate's time limit can act. */
  const ROUNDS = 4096;
  const HKDF_KEY = 'of type string or an instance of SecretKeyObject, ArrayBuffer, TypedArray, DataView, or Buffer';
  const HKDF_BYTES = 'of type string or an instance of ArrayBuffer, TypedArray, DataView, or Buffer';

  /** Steps of PBKDF2, checked. */
  function preparePbkdf2(password, salt, iterations, keylen, digest) {
    checkString(digest, 'digest');
    const request = {
      password: anyBytes(password, 'password'), salt: anyBytes(salt, 'salt'), iterations, length: keylen, digest: algorithmOf(digest),
    };
    checkInteger32(iterations, 'iterations', 1);
    checkInteger32(keylen, 'keylen', 0);
    const step = natives.pbkdf2(request);
    if (step === undefined) throw invalidDigest(digest);
    return () => {
      for (;;) {
        const key = step(ROUNDS);
        if (key !== undefined) return Buffer.from(key);
      }
    };
  }

  function checkInteger32(value, name, min) {
    if (typeof value !== 'number') throw invalidType(`The "${name}" argument`, 'of type number', value);
    if (!builtins.Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
    if (value < min || value > MAX_INT32) throw outOfRange(name, `>= ${min} && <= ${MAX_INT32}`, value);
  }

  function pbkdf2(password, salt, iterations, keylen, digest, callback) {
    if (typeof digest === 'function') [callback, digest] = [digest, undefined];
    const run = preparePbkdf2(password, salt, iterations, keylen, digest);
    checkCallback(callback);
    later(callback, run);
  }

  const SCRYPT_NAMES = [['N', 'cost', 16384], ['r', 'blockSize', 8], ['p', 'parallelization', 1]];

  function scryptOptions(options) {
    const checked = { maxmem: 32 * 1024 * 1024 };
    for (const [short, long, ifAbsent] of SCRYPT_NAMES) {
      let value;
      if (options !== undefined && options !== null) {
        if (options[short] !== undefined && options[long] !== undefined) {
          throw coded(Error, 'ERR_CRYPTO_SCRYPT_INVALID_PARAMETER', 'Invalid scrypt parameter');
        }
        for (const name of [short, long]) {
          if (options[name] === undefined) continue;
          value = options[name];
          if (typeof value !== 'number') throw invalidType(`The "${name}" argument`, 'of type number', value);
          if (!builtins.Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
          if (value < 0 || value > MAX_UINT32) throw outOfRange(name, `>= 0 && <= ${MAX_UINT32}`, value);
        }
      }
      checked[short] = value || ifAbsent;
    }
    if (options && options.maxmem !== undefined) {
      checkInteger(options.maxmem, 'maxmem', 0, builtins.Number.MAX_SAFE_INTEGER);
      checked.maxmem = options.maxmem || checked.maxmem;
    }
    return checked;
  }

  function prepareScrypt(password, salt, keylen, options) {
    const settings = scryptOptions(options);
    const request = { ...settings, password: anyBytes(password, 'password'), salt: anyBytes(salt, 'salt'), length: keylen };
    checkInteger32(keylen, 'keylen', 0);
    natives.scryptCheck(request);
    return () => Buffer.from(natives.scrypt(request));
  }

  function scrypt(password, salt, keylen, options, callback) {
    if (callback === undefined) [callback, options] = [options, undefined];
    const run = prepareScrypt(password, salt, keylen, options);
    checkCallback(callback);
    later(callback, run);
  }

  function hkdfBytes(value, name) {
    return anyBytes(value, name, undefined, HKDF_BYTES);
  }

  function prepareHkdf(digest, key, salt, info, length) {
    checkString(digest, 'digest');
    const input = { key: secretBytes(key, undefined, HKDF_KEY, 'ikm'), salt: hkdfBytes(salt, 'salt'), info: hkdfBytes(info, 'info') };
    if (typeof length !== 'number') throw invalidType('The "length" argument', 'of type number', length);
    if (!builtins.Number.isInteger(length)) throw outOfRange('length', 'an integer', length);
    if (length < 0 || length > MAX_UINT32 + 1) throw outOfRange('length', `>= 0 && <= ${MAX_UINT32 + 1}`, length);
    if (bytesOf(input.info).length > MAX_INFO_BYTES) {
      throw outOfRange('info', `must not contain more than ${MAX_INFO_BYTES} bytes`, input.info.length);
    }
    const name = algorithmOf(digest);
    const empty = digestOf(name, Buffer.alloc(0));
    if (empty === undefined) throw invalidDigest(digest);
    if (length > 255 * empty.length) throw plain(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
    return () => natives.hkdf(name, input, length);
  }

  function hkdf(digest, key, salt, info, length, callback) {
    const run = prepareHkdf(digest, key, salt, info, length);
    checkCallback(callback);
    later(callback, run);
  }

  return {
    hkdf, pbkdf2, scrypt,
    hkdfSync(digest, key, salt, info, length) { return prepareHkdf(digest, key, salt, info, length)(); },
    pbkdf2Sync(password, salt, iterations, keylen, digest) { return preparePbkdf2(password, salt, iterations, keylen, digest)(); },
    scryptSync(password, salt, keylen, options) { return prepareScrypt(password, salt, keylen, options)(); },
  };
})
