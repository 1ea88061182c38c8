// New keys of the import `crypto`.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Number, TypeError } = builtins;
  const { plain, invalidType, invalidValue, outOfRange } = load('node/errors');
  const keys = load('imports/crypto_keys');
  const { fill } = load('imports/crypto_random');
  const { checkCallback, checkString, later } = load('imports/crypto_shared');
  const { Buffer } = load('node/buffer');

  const MAX_INT32 = 2147483647;
  /** Less is of no use to anybody. */
  const MIN_MODULUS_BITS = 1024;
  /** A larger key takes longer than a call may. */
  const MAX_MODULUS_BITS = 4096;

  function checkOptions(options) {
    if (typeof options !== 'object' || options === null) throw invalidType('The "options" argument', 'of type object', options);
  }

  function checkNumber(options, name) {
    const value = options[name];
    if (typeof value !== 'number') throw invalidType(`The "options.${name}" property`, 'of type number', value);
    if (!Number.isInteger(value) || value < 0) throw outOfRange(`options.${name}`, 'an integer', value);
    return value;
  }

  function encoding(options, name, kind, isPublic) {
    const given = options[name];
    if (given === undefined) return undefined;
    if (typeof given !== 'object' || given === null) throw invalidValue(`options.${name}`, given);
    return keys.encodingOf(given, kind, isPublic, name);
  }

  function maker(type, options) {
    if (type === 'ed25519') return () => keys.generate('ed25519', 0);
    checkOptions(options);
    if (type === 'rsa') {
      const bits = checkNumber(options, 'modulusLength');
      const exponent = options.publicExponent === undefined ? 65537 : checkNumber(options, 'publicExponent');
      if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS) {
        throw new Error(`hedgerow makes RSA keys of ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits`);
      }
      return () => keys.generate('rsa', bits, exponent);
    }
    if (typeof options.namedCurve !== 'string') {
      throw invalidType('The "options.namedCurve" property', 'of type string', options.namedCurve);
    }
    return () => keys.generate('ec', options.namedCurve);
  }

  function preparePair(type, options) {
    checkString(type, 'type');
    if (['dh', 'dsa', 'ed448', 'rsa-pss', 'x25519', 'x448'].includes(type)) {
      throw new Error(`hedgerow does not provide keys of type ${type}`);
    }
    if (!['ec', 'ed25519', 'rsa'].includes(type)) throw invalidValue('type', type, 'must be a supported key type');
    const settings = options === undefined ? {} : options;
    if (options !== undefined) checkOptions(options);
    const publicEncoding = encoding(settings, 'publicKeyEncoding', type, true);
    const privateEncoding = encoding(settings, 'privateKeyEncoding', type, false);
    const make = maker(type, options);
    return () => {
      const handle = make();
      if (handle === undefined) throw plain(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      const publicHandle = keys.publicOf(handle);
      return {
        publicKey: written(publicHandle, publicEncoding, () => new keys.PublicKeyObject('public', publicHandle)),
        privateKey: written(handle, privateEncoding, () => new keys.PrivateKeyObject('private', handle)),
      };
    };
  }

  function written(handle, form, asObject) {
    if (form === undefined) return asObject();
    return form.format === 'jwk' ? keys.toJwk(handle) : keys.exported(handle, form);
  }

  function generateKeyPair(type, options, callback) {
    if (typeof options === 'function') [options, callback] = [undefined, options];
    checkCallback(callback);
    const make = preparePair(type, options);
    const both = (error, pair) => (error ? callback(error) : callback(null, pair.publicKey, pair.privateKey));
    later(both, make);
  }

  function prepareSecret(type, options) {
    checkString(type, 'type');
    checkOptions(options);
    const length = checkNumber(options, 'length');
    if (type === 'hmac') {
      if (length < 8 || length > MAX_INT32) throw outOfRange('options.length', `>= 8 && <= ${MAX_INT32}`, length);
    } else if (type === 'aes') {
      if (![128, 192, 256].includes(length)) throw invalidValue('options.length', length, 'must be one of: 128, 192, 256');
    } else {
      throw invalidValue('type', type, 'must be a supported key type');
    }
    return () => keys.createSecretKey(fill(Buffer.alloc(length >>> 3)));
  }

  return {
    generateKeyPair,
    generateKeyPairSync(type, options) { return preparePair(type, options)(); },
    generateKeySync(type, options) { return prepareSecret(type, options)(); },
    generateKey(type, options, callback) {
      checkCallback(callback);
      later(callback, prepareSecret(type, options));
    },
  };
})
