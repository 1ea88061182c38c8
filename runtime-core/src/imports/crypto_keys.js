// Keys of the import `crypto`: KeyObject, and everything that may be given in its place.
(function (builtins, natives, load) {
  'use strict';
  const { BigInt, Error, Math, Object, Symbol, TypeError, Uint8Array } = builtins;
  const { coded, plain, invalidType, invalidValue } = load('node/errors');
  const { Buffer } = load('node/buffer');
  const { anyBytes, isStringOrBytes } = load('imports/crypto_shared');

  const BUFFERS = 'ArrayBuffer, Buffer, TypedArray, or DataView';
  const BYTES = `of type string or an instance of ${BUFFERS}`;
  const BYTES_OR_KEY = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey';

  let handleOf;

  class KeyObject {
    #type;
    #handle;

    static {
      handleOf = (key) => key.#handle;
    }

    constructor(type, handle) {
      if (type !== 'secret' && type !== 'public' && type !== 'private') throw invalidValue('type', type);
      if (typeof handle !== 'object' || handle === null) throw invalidType('The "handle" argument', 'of type object', handle);
      this.#type = type;
      this.#handle = handle;
    }

    get type() { return this.#type; }

    static from(key) { throw invalidType('The "key" argument', 'an instance of CryptoKey', key); }

    equals(otherKeyObject) {
      if (!isKeyObject(otherKeyObject)) {
        throw invalidType('The "otherKeyObject" argument', 'an instance of KeyObject', otherKeyObject);
      }
      if (this.#type !== otherKeyObject.type) return false;
      const [left, right] = [this.#handle, handleOf(otherKeyObject)];
      return this.#type === 'secret' ? Buffer.compare(left, right) === 0 : natives.equals(left, right);
    }
  }
  Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { configurable: true, value: 'KeyObject' });

  function isKeyObject(value) {
    return value instanceof KeyObject;
  }

  function checkOptions(options) {
    if (typeof options !== 'object' || options === null) throw invalidType('The "options" argument', 'of type object', options);
  }

  class SecretKeyObject extends KeyObject {
    get symmetricKeySize() { return handleOf(this).length; }

    export(options) {
      if (options !== undefined) {
        checkOptions(options);
        const { format } = options;
        if (format !== undefined && format !== 'buffer' && format !== 'jwk') {
          throw invalidValue('options.format', format, "must be one of: undefined, 'buffer', 'jwk'");
        }
        if (format === 'jwk') return { kty: 'oct', k: Buffer.from(handleOf(this)).toString('base64url') };
      }
      return Buffer.from(handleOf(this));
    }
  }

  class AsymmetricKeyObject extends KeyObject {
    get asymmetricKeyType() { return natives.kind(handleOf(this)); }

    get asymmetricKeyDetails() {
      const handle = handleOf(this);
      const numbers = natives.rsaNumbers(handle);
      if (numbers !== undefined) {
        const [modulus, exponent] = numbers.map((number) => new Uint8Array(number));
        const modulusLength = modulus.length * 8 - Math.clz32(modulus[0]) + 24;
        return { modulusLength, publicExponent: BigInt(`0x${Buffer.from(exponent).toString('hex')}`) };
      }
      const namedCurve = natives.curve(handle);
      return namedCurve === undefined ? {} : { namedCurve };
    }
  }

  /** A key as `options` of `export` and of key generation want it; the options were checked by `encodingOf`. */
  function exported(handle, encoding) {
    const { format, type, cipher, passphrase } = encoding;
    if (cipher !== undefined) {
      const write = format === 'pem' ? natives.encryptedPem : natives.encrypted;
      const text = write(handle, cipher.toLowerCase().replace(/^aes(\d+)$/, 'aes-$1-cbc'), passphrase);
      return format === 'pem' ? text : Buffer.from(text);
    }
    return format === 'pem' ? natives.pem(handle, type) : Buffer.from(natives.der(handle, type));
  }

  function toJwk(handle) {
    const members = natives.members(handle);
    const jwk = {};
    for (let i = 0; i < members.length; i += 2) jwk[members[i]] = members[i + 1];
    return jwk;
  }

  class PublicKeyObject extends AsymmetricKeyObject {
    export(options) {
      if (options && options.format === 'jwk') return toJwk(handleOf(this));
      return exported(handleOf(this), encodingOf(options, this.asymmetricKeyType, true));
    }
  }

  class PrivateKeyObject extends AsymmetricKeyObject {
    export(options) {
      if (options && options.format === 'jwk') {
        if (options.passphrase !== undefined) throw incompatible('jwk', 'does not support encryption');
        return toJwk(handleOf(this));
      }
      return exported(handleOf(this), encodingOf(options, this.asymmetricKeyType, false));
    }
  }

  function incompatible(type, reason) {
    return coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', `The selected key encoding ${type} ${reason}.`);
  }

  function typeOf({ type }, { required, kind, isPublic, name }) {
    if (type === undefined && !required) return undefined;
    if (type === 'pkcs1') {
      if (kind !== undefined && kind !== 'rsa') throw incompatible(type, 'can only be used for RSA keys');
      return type;
    }
    if (type === 'spki' && isPublic !== false) return type;
    if (type === 'pkcs8' && isPublic !== true) return type;
    if (type === 'sec1' && isPublic !== true) {
      if (kind !== undefined && kind !== 'ec') throw incompatible(type, 'can only be used for EC keys');
      return type;
    }
    throw invalidValue(name, type);
  }

  /**
   * Checks `format`, `type`, `cipher` and `passphrase`. `kind` is the key's type where one is exported, and undefined where one
   * is read. `inside` is the name of the option that the encoding is in.
   */
  function encodingOf(options, kind, isPublic, inside) {
    checkOptions(options);
    const option = (name) => `options.${inside === undefined ? '' : `${inside}.`}${name}`;
    const reading = kind === undefined;
    let { format } = options;
    if (format === undefined && reading) format = 'pem';
    if (format !== 'pem' && format !== 'der' && format !== 'jwk') throw invalidValue(option('format'), format);
    const required = (!reading || format === 'der') && format !== 'jwk';
    const type = typeOf(options, { required, kind, isPublic, name: option('type') });
    if (isPublic === true) return { format, type };
    const { cipher, passphrase, encoding } = options;
    const encrypting = !reading && cipher !== undefined && cipher !== null;
    if (encrypting) {
      if (typeof cipher !== 'string') throw invalidValue(option('cipher'), cipher);
      if (format === 'der' && type !== 'pkcs8') throw incompatible(type, 'does not support encryption');
    } else if (!reading && passphrase !== undefined) {
      throw invalidValue(option('cipher'), cipher);
    }
    const given = reading ? passphrase !== undefined : encrypting;
    if (given && !isStringOrBytes(passphrase)) throw invalidValue(option('passphrase'), passphrase);
    if (encrypting && type !== 'pkcs8') throw new Error(`hedgerow does not provide encrypted keys of type ${type}: use pkcs8`);
    return {
      format, type, cipher: encrypting ? cipher : undefined,
      passphrase: given ? anyBytes(passphrase, 'key.passphrase', encoding) : undefined,
    };
  }

  function invalidKeyObject(type, expected) {
    const message = `Invalid key object type ${type}, expected ${expected}.`;
    return coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', message);
  }

  /** What a key is for: Node accepts other things where one is made than where one is used. */
  const USE_PUBLIC = 0;
  const USE_PRIVATE = 1;
  const MAKE_PUBLIC = 2;
  const MAKE_PRIVATE = 3;

  function handleFor(key, purpose) {
    if (purpose === MAKE_PRIVATE) throw invalidType('The "key" argument', BYTES, key);
    if (key.type !== 'private') {
      if (purpose !== USE_PUBLIC) throw invalidKeyObject(key.type, 'private');
      if (key.type !== 'public') throw invalidKeyObject(key.type, 'private or public');
    }
    return handleOf(key);
  }

  function isPrivatePurpose(purpose) {
    return purpose === USE_PRIVATE || purpose === MAKE_PRIVATE;
  }

  function read(bytes, { format, type, passphrase }, purpose) {
    const form = format === 'pem' ? 'pem' : type;
    if (isPrivatePurpose(purpose)) return natives.privateKey(bytes, form, passphrase);
    if (form === 'pkcs8' || form === 'sec1') return natives.publicOf(natives.privateKey(bytes, form, passphrase));
    return natives.publicKey(bytes, form, passphrase);
  }

  /** The native handle of whatever stands for a key. */
  function asymmetric(key, purpose) {
    const expected = purpose === MAKE_PRIVATE ? BYTES : BYTES_OR_KEY;
    if (isKeyObject(key)) return handleFor(key, purpose);
    if (isStringOrBytes(key)) return read(anyBytes(key, 'key'), { format: 'pem' }, purpose);
    if (typeof key !== 'object') throw invalidType('The "key" argument', expected, key);
    if (key === null) throw new TypeError("Cannot destructure property 'key' of 'key' as it is null.");
    const { key: data, encoding, format } = key;
    if (isKeyObject(data)) return handleFor(data, purpose);
    if (format === 'jwk') return fromJwk(data, isPrivatePurpose(purpose));
    if (!isStringOrBytes(data)) throw invalidType('The "key.key" property', expected, data);
    const bytes = anyBytes(data, 'key', encoding);
    return read(bytes, encodingOf(key, undefined, isPrivatePurpose(purpose) ? false : undefined), purpose);
  }

  const JWK_MEMBERS = { __proto__: null, RSA: [['n', 'e'], ['d', 'p', 'q', 'dp', 'dq', 'qi']], EC: [['x', 'y'], ['d']], OKP: [['x'], ['d']] };
  const JWK_CURVES = {
    __proto__: null, EC: ['P-256', 'secp256k1', 'P-384', 'P-521'], OKP: ['Ed25519', 'Ed448', 'X25519', 'X448'],
  };

  function oneOf(names) {
    return `must be one of: ${names.map((name) => `'${name}'`).join(', ')}`;
  }

  function fromJwk(jwk, isPrivate) {
    if (typeof jwk !== 'object' || jwk === null) throw invalidType('The "key.key" property', 'of type object', jwk);
    const { kty, crv } = jwk;
    if (!(kty in JWK_MEMBERS)) throw invalidValue('key.kty', kty, oneOf(Object.keys(JWK_MEMBERS)));
    const curves = JWK_CURVES[kty];
    if (curves !== undefined && !curves.includes(crv)) throw invalidValue('key.crv', crv, oneOf(curves));
    const bytes = {};
    const [common, secret] = JWK_MEMBERS[kty];
    for (const name of isPrivate ? [...common, ...secret] : common) {
      if (typeof jwk[name] !== 'string') throw invalidType(`The "key.${name}" property`, 'of type string', jwk[name]);
      bytes[name] = Buffer.from(jwk[name], 'base64');
    }
    if (curves !== undefined && !['P-256', 'P-384', 'P-521', 'Ed25519'].includes(crv)) {
      throw new Error(`hedgerow does not provide keys on the curve ${crv}`);
    }
    try {
      return natives.jwk(kty === 'EC' ? crv : kty, bytes);
    } catch {
      if (kty === 'OKP') throw coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Invalid JWK data');
      throw plain(TypeError, 'ERR_CRYPTO_INVALID_JWK', `Invalid JWK ${kty} key`);
    }
  }

  /** The bytes of a secret key in any of its forms. */
  function secretBytes(key, encoding, expected = BYTES_OR_KEY, name = 'key') {
    if (!isKeyObject(key)) return anyBytes(key, name, encoding, expected);
    if (key.type !== 'secret') throw invalidKeyObject(key.type, 'secret');
    return handleOf(key);
  }

  function createSecretKey(key, encoding) {
    const expected = typeof key === 'string' ? BYTES : `an instance of ${BUFFERS}`;
    return new SecretKeyObject('secret', Buffer.from(anyBytes(key, 'key', encoding, expected)));
  }

  function createPublicKey(key) {
    const handle = asymmetric(key, MAKE_PUBLIC);
    return new PublicKeyObject('public', natives.isPrivate(handle) ? natives.publicOf(handle) : handle);
  }

  function createPrivateKey(key) {
    return new PrivateKeyObject('private', asymmetric(key, MAKE_PRIVATE));
  }

  return {
    KeyObject, createPrivateKey, createPublicKey, createSecretKey, encodingOf, exported, isKeyObject, secretBytes,
    PrivateKeyObject, PublicKeyObject, SecretKeyObject,
    /** The handle of a public or private key to verify or encrypt with. */
    publicHandle(key) { return asymmetric(key, USE_PUBLIC); },
    /** The handle of a private key to sign or decrypt with. */
    privateHandle(key) { return asymmetric(key, USE_PRIVATE); },
    kindOf(handle) { return natives.kind(handle); },
    generate(kind, parameter, exponent) { return natives.generate(kind, parameter, exponent); },
    publicOf(handle) { return natives.publicOf(handle); },
    toJwk,
  };
})
