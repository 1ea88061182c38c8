// Digests and HMAC of the import `crypto`.
(function (builtins, natives, load) {
  'use strict';
  const { ArrayBuffer, Error } = builtins;
  const { coded, invalidType, checkInteger } = load('node/errors');
  const { algorithmOf, callable, checkString, inputBytes, invalidDigest, output } = load('imports/crypto_shared');
  const keys = () => load('imports/crypto_keys');

  const MAX_LENGTH = 4294967295;
  /** Node's names of the digests that there are, in its order. */
  const HASHES = [
    'RSA-MD5', 'RSA-RIPEMD160', 'RSA-SHA1', 'RSA-SHA1-2', 'RSA-SHA224', 'RSA-SHA256', 'RSA-SHA384', 'RSA-SHA512', 'RSA-SHA512/224',
    'RSA-SHA512/256', 'md5', 'md5WithRSAEncryption', 'ripemd', 'ripemd160', 'ripemd160WithRSA', 'rmd160', 'sha1',
    'sha1WithRSAEncryption', 'sha224', 'sha224WithRSAEncryption', 'sha256', 'sha256WithRSAEncryption', 'sha384',
    'sha384WithRSAEncryption', 'sha512', 'sha512-224', 'sha512-224WithRSAEncryption', 'sha512-256',
    'sha512-256WithRSAEncryption', 'sha512WithRSAEncryption', 'ssl3-md5', 'ssl3-sha1',
  ];

  function finalized() {
    return coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
  }

  /** No digest of ours has a length to choose: another one than its own is refused, as by Node. */
  function checkLength(name, options) {
    const length = typeof options === 'object' && options !== null ? options.outputLength : undefined;
    if (length === undefined) return;
    if (typeof length !== 'number') throw invalidType('The "options.outputLength" property', 'of type number', length);
    checkInteger(length, 'options.outputLength', 0, MAX_LENGTH);
    if (length === natives.hashLength(name)) return;
    const error = new Error('error:030000B2:digital envelope routines::not XOF or invalid length');
    error.library = 'digital envelope routines';
    error.reason = 'not XOF or invalid length';
    error.code = 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH';
    throw error;
  }

  class HashClass {
    #step;
    #finished = false;

    constructor(algorithm, options) {
      if (algorithm instanceof Copied) {
        this.#step = algorithm.step;
        return;
      }
      checkString(algorithm, 'algorithm');
      const name = algorithmOf(algorithm);
      this.#step = natives.hash(name);
      if (this.#step === undefined) throw new Error('Digest method not supported');
      checkLength(name, options);
    }

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
      return new Hash(new Copied(this.#step('copy')));
    }
  }

  /** A digest under way that a new Hash goes on with. */
  class Copied {
    constructor(step) { this.step = step; }
  }

  /** A second digest of an HMAC is empty, and an update after it throws: so Node. */
  class HmacClass {
    #step;
    #finished = false;

    constructor(algorithm, key, options) {
      checkString(algorithm, 'hmac');
      const secret = keys().secretBytes(key, options === undefined || options === null ? undefined : options.encoding);
      this.#step = natives.hmac(algorithmOf(algorithm), secret);
      if (this.#step === undefined) throw invalidDigest(algorithm);
    }

    update(data, inputEncoding) {
      if (this.#finished) throw finalized();
      this.#step('update', inputBytes(data, inputEncoding));
      return this;
    }

    digest(outputEncoding) {
      const bytes = this.#finished ? new ArrayBuffer(0) : this.#step('finish');
      this.#finished = true;
      return output(bytes, outputEncoding);
    }
  }

  builtins.Object.defineProperty(HashClass, 'name', { value: 'Hash' });
  builtins.Object.defineProperty(HmacClass, 'name', { value: 'Hmac' });
  const Hash = callable(HashClass);
  const Hmac = callable(HmacClass);

  return {
    Hash,
    Hmac,
    createHash(algorithm, options) { return new Hash(algorithm, options); },
    createHmac(hmac, key, options) { return new Hmac(hmac, key, options); },
    getHashes() { return HASHES.slice(); },
    hash(algorithm, input, outputEncoding = 'hex') {
      checkString(algorithm, 'algorithm');
      const bytes = inputBytes(input, 'utf8', 'input');
      const step = natives.hash(algorithmOf(algorithm));
      if (step === undefined) throw new Error(`Digest method ${algorithm} is not supported`);
      step('update', bytes);
      return output(step('finish'), outputEncoding);
    },
    /** The digest of bytes, for signatures; undefined for an unknown algorithm. */
    digestOf(algorithm, bytes) {
      const step = natives.hash(algorithmOf(algorithm));
      if (step === undefined) return undefined;
      step('update', bytes);
      return new builtins.Uint8Array(step('finish'));
    },
  };
})
