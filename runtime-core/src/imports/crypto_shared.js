// What the sources of the import `crypto` share: names of digests, bytes in and out, callbacks.
(function (builtins, natives, load) {
  'use strict';
  const { ArrayBuffer, Object, Promise, Reflect, TypeError, Uint8Array } = builtins;
  const { coded, plain, invalidType } = load('node/errors');
  const { canonical, encode, bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');

  const BYTES = 'of type string or an instance of Buffer, TypedArray, or DataView';
  const ANY_BYTES = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView';

  /** What OpenSSL also calls a digest, in lower case and without `RSA-` before it. */
  const ALIASES = {
    __proto__: null,
    'ssl3-md5': 'md5', md5withrsaencryption: 'md5', 'ssl3-sha1': 'sha1', sha1withrsaencryption: 'sha1', 'sha1-2': 'sha1',
    'sha-1': 'sha1', rmd160: 'ripemd160', ripemd: 'ripemd160', 'ripemd-160': 'ripemd160', ripemd160withrsa: 'ripemd160',
    'sha512-224withrsaencryption': 'sha512-224', 'sha512-256withrsaencryption': 'sha512-256',
  };

  /** `SHA256`, `RSA-SHA256` and `sha-256` are names of sha256, as OpenSSL has it. */
  function algorithmOf(name) {
    const lower = name.toLowerCase();
    const bare = lower.replace(/^rsa-/, '');
    if (bare !== lower && /^sha512\/2\d\d$/.test(bare)) return bare.replace('/', '-');
    if (bare in ALIASES) return ALIASES[bare];
    const sized = /^(?:sha2?-?)(224|256|384|512(?:[-/]2(?:24|56))?)(?:withrsaencryption)?$/.exec(bare);
    // `sha512/256` is a name after `sha-` and `sha2-` only.
    if (sized === null || (sized[1].includes('/') && bare.startsWith('sha5'))) return bare;
    return `sha${sized[1].replace('/', '-')}`;
  }

  function checkString(value, name) {
    if (typeof value !== 'string') throw invalidType(`The "${name}" argument`, 'of type string', value);
  }

  /** The bytes of text or of a view, for `update`. */
  function inputBytes(data, encoding, name = 'data') {
    if (typeof data !== 'string') {
      const bytes = ArrayBuffer.isView(data) ? bytesOf(data) : undefined;
      if (bytes === undefined) throw invalidType(`The "${name}" argument`, BYTES, data);
      return bytes;
    }
    const encodingName = canonical(encoding || 'utf8') || 'utf8';
    if (encodingName === 'hex' && data.length % 2 !== 0) {
      const message = `The argument 'encoding' is invalid for data of length ${data.length}. Received '${encoding}'`;
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);
    }
    return new Uint8Array(encode(data, encodingName));
  }

  /** The bytes of text, a view or an ArrayBuffer. */
  function anyBytes(data, name, encoding, expected = ANY_BYTES, kind = 'argument') {
    if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? 'utf8' : encoding);
    const bytes = bytesOf(data);
    if (bytes === undefined) throw invalidType(`The "${name}" ${kind}`, expected, data);
    return bytes;
  }

  function isStringOrBytes(value) {
    return typeof value === 'string' || bytesOf(value) !== undefined;
  }

  /** An ArrayBuffer as a Buffer, or as text where an encoding is asked for. */
  function output(bytes, encoding) {
    const buffer = Buffer.from(bytes);
    if (encoding === undefined || encoding === null || encoding === 'buffer') return buffer;
    const name = canonical(`${encoding}`);
    return name === undefined ? buffer : buffer.toString(name);
  }

  function checkCallback(callback) {
    if (typeof callback !== 'function') throw invalidType('The "callback" argument', 'of type function', callback);
  }

  /** Hands a result, or what was thrown for it, to a callback of Node's form, not before the caller has returned. */
  function later(callback, make) {
    checkCallback(callback);
    Promise.resolve().then(() => {
      let result;
      try {
        result = make();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, result);
    });
  }

  /** A class that may be called without `new`, as Node's older ones. */
  function callable(Class) {
    const name = Class.name;
    const wrapper = {
      [name]: function (...args) {
        return Reflect.construct(Class, args, new.target === undefined || new.target === wrapper ? Class : new.target);
      },
    }[name];
    wrapper.prototype = Class.prototype;
    Object.defineProperty(Class.prototype, 'constructor', { configurable: true, value: wrapper, writable: true });
    return wrapper;
  }

  function invalidDigest(name) {
    return plain(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', name === undefined ? 'Invalid digest' : `Invalid digest: ${name}`);
  }

  return {
    algorithmOf, anyBytes, callable, checkCallback, checkString, inputBytes, invalidDigest, isStringOrBytes, later, output,
  };
})
