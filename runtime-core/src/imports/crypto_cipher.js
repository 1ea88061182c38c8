// Symmetric ciphers of the import `crypto`.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Object, TypeError, Uint8Array } = builtins;
  const { coded, plain, invalidType, invalidValue, unknownEncoding } = load('node/errors');
  const { canonical } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const { secretBytes } = load('imports/crypto_keys');
  const { anyBytes, callable, checkString, inputBytes } = load('imports/crypto_shared');
  const { TextPieces } = load('node/text_pieces');

  const TAG_BYTES = 16;
  /** Name by which OpenSSL tells it, its number there, sizes; by mode and key length. */
  const NUMBERS = {
    __proto__: null,
    'aes-128-ecb': 418, 'aes-128-cbc': 419, 'aes-192-ecb': 422, 'aes-192-cbc': 423, 'aes-256-ecb': 426, 'aes-256-cbc': 427,
    'aes-128-gcm': 895, 'aes-192-gcm': 898, 'aes-256-gcm': 901, 'aes-128-ctr': 904, 'aes-192-ctr': 905, 'aes-256-ctr': 906,
    'des-ede3-cbc': 44, 'des-ede3-ecb': 33,
  };
  const CIPHERS = [
    'aes-128-cbc', 'aes-128-ctr', 'aes-128-ecb', 'aes-128-gcm', 'aes-192-cbc', 'aes-192-ctr', 'aes-192-ecb', 'aes-192-gcm',
    'aes-256-cbc', 'aes-256-ctr', 'aes-256-ecb', 'aes-256-gcm', 'aes128', 'aes192', 'aes256', 'des-ede3', 'des-ede3-cbc',
    'des-ede3-ecb', 'des3', 'id-aes128-GCM', 'id-aes192-GCM', 'id-aes256-GCM',
  ];

  /** The one name of a cipher that has several. */
  function cipherName(name) {
    const lower = name.toLowerCase();
    if (lower === 'des3') return 'des-ede3-cbc';
    if (lower === 'des-ede3') return 'des-ede3-ecb';
    return lower.replace(/^aes(128|192|256)$/, 'aes-$1-cbc').replace(/^id-aes(128|192|256)-gcm$/, 'aes-$1-gcm');
  }

  function invalidState(operation) {
    return coded(Error, 'ERR_CRYPTO_INVALID_STATE', `Invalid state for operation ${operation}`);
  }

  function tagLengthOption(options) {
    const value = options === undefined || options === null ? undefined : options.authTagLength;
    if (value !== undefined && value >>> 0 !== value) throw invalidValue('options.authTagLength', value);
    return value;
  }

  function invalidTagLength(length) {
    return plain(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);
  }

  function checkTagLength(length) {
    if (length !== 4 && length !== 8 && !(length >= 12 && length <= TAG_BYTES)) throw invalidTagLength(length);
  }

  class CipherState {
    #step;
    #authenticated;
    #tagLength;
    #expectedTag;
    #tag;
    #started = false;
    #finished = false;
    #pieces;

    constructor(create, cipher, key, iv, options) {
      checkString(cipher, 'cipher');
      const secret = secretBytes(key, options === undefined || options === null ? undefined : options.encoding);
      const vector = iv === null ? new Uint8Array(0) : anyBytes(iv, 'iv');
      const tagLength = tagLengthOption(options);
      const name = cipherName(cipher);
      this.#step = create(name, secret, vector);
      if (this.#step === undefined) throw plain(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
      this.#authenticated = name.endsWith('-gcm');
      if (this.#authenticated && tagLength !== undefined) {
        checkTagLength(tagLength);
        this.#tagLength = tagLength;
      }
    }

    update(data, inputEncoding, outputEncoding) {
      const bytes = inputBytes(data, inputEncoding);
      if (this.#finished) throw new Error('Trying to add data in unsupported state');
      this.#started = true;
      return this.#output(this.#step('update', bytes), outputEncoding, 'write');
    }

    final(outputEncoding) {
      if (this.#finished) throw plain(Error, 'ERR_CRYPTO_INVALID_STATE', 'Invalid state');
      this.#finished = true;
      const last = this.#expectedTag === undefined ? this.#step('finish') : this.#step('finish', this.#expectedTag);
      if (this.#authenticated) this.#tag = this.#step('tag');
      return this.#output(last, outputEncoding, 'end');
    }

    #output(bytes, encoding, method) {
      const buffer = Buffer.from(bytes);
      if (!encoding || encoding === 'buffer') return buffer;
      const name = canonical(encoding);
      if (name === undefined) throw unknownEncoding(encoding);
      if (this.#pieces === undefined) this.#pieces = new TextPieces(name);
      else if (this.#pieces.encoding !== name) throw changedEncoding();
      return this.#pieces[method](buffer);
    }

    setAutoPadding(autoPadding) {
      if (this.#finished) throw invalidState('setAutoPadding');
      this.#step(autoPadding ? 'padded' : 'unpadded');
    }

    setAAD(aadbuf, options) {
      const bytes = anyBytes(aadbuf, 'aadbuf', options === undefined || options === null ? undefined : options.encoding);
      if (!this.#authenticated || this.#started || this.#finished) throw invalidState('setAAD');
      this.#step('authenticate', bytes);
    }

    tag() {
      if (this.#tag === undefined) throw invalidState('getAuthTag');
      return Buffer.from(this.#tag).subarray(0, this.#tagLength === undefined ? TAG_BYTES : this.#tagLength);
    }

    expectTag(buffer, encoding) {
      const bytes = anyBytes(buffer, 'buffer', encoding);
      if (!this.#authenticated || this.#expectedTag !== undefined || this.#finished) throw invalidState('setAuthTag');
      checkTagLength(bytes.length);
      if (this.#tagLength !== undefined && this.#tagLength !== bytes.length) throw invalidTagLength(bytes.length);
      this.#expectedTag = new Uint8Array(bytes);
    }
  }

  function changedEncoding() {
    const advice = 'This is caused by either a bug in Node.js or incorrect usage of Node.js internals.\n' +
      'Please open an issue with this stack trace at https://github.com/nodejs/node/issues\n';
    return coded(Error, 'ERR_INTERNAL_ASSERTION', `Cannot change encoding\n${advice}`);
  }

  class Common {
    #state;

    constructor(create, args) { this.#state = new CipherState(create, ...args); }

    update(data, inputEncoding, outputEncoding) { return this.#state.update(data, inputEncoding, outputEncoding); }
    final(outputEncoding) { return this.#state.final(outputEncoding); }

    setAutoPadding(autoPadding) {
      this.#state.setAutoPadding(autoPadding);
      return this;
    }

    setAAD(aadbuf, options) {
      this.#state.setAAD(aadbuf, options);
      return this;
    }

    static state(cipher) { return cipher.#state; }
  }

  class CipherivClass extends Common {
    constructor(...args) { super(natives.encrypt, args); }
    getAuthTag() { return Common.state(this).tag(); }
  }

  class DecipherivClass extends Common {
    constructor(...args) { super(natives.decrypt, args); }

    setAuthTag(tagbuf, encoding) {
      Common.state(this).expectTag(tagbuf, encoding);
      return this;
    }
  }

  Object.defineProperty(CipherivClass, 'name', { value: 'Cipheriv' });
  Object.defineProperty(DecipherivClass, 'name', { value: 'Decipheriv' });
  const Cipheriv = callable(CipherivClass);
  const Decipheriv = callable(DecipherivClass);

  function getCipherInfo(nameOrNid, options) {
    if (typeof nameOrNid !== 'string' && typeof nameOrNid !== 'number') {
      throw invalidType('The "nameOrNid" argument', 'one of type string or number', nameOrNid);
    }
    const name = typeof nameOrNid === 'string' ? cipherName(nameOrNid)
      : Object.keys(NUMBERS).find((known) => NUMBERS[known] === nameOrNid);
    if (name === undefined || !(name in NUMBERS)) return undefined;
    const [, size, mode] = /(\d+|ede3)-(\w+)$/.exec(name);
    const des = size === 'ede3';
    const streams = mode === 'ctr' || mode === 'gcm';
    const info = { mode, name: mode === 'gcm' ? `id-aes${size}-gcm` : name.replace(/ede3-ecb$/, 'ede3'), nid: NUMBERS[name] };
    info.blockSize = streams ? 1 : des ? 8 : 16;
    if (mode !== 'ecb') info.ivLength = mode === 'gcm' ? 12 : des ? 8 : 16;
    info.keyLength = des ? 24 : size / 8;
    const { keyLength, ivLength } = options === undefined || options === null ? {} : options;
    if (keyLength !== undefined && keyLength !== info.keyLength) return undefined;
    if (ivLength !== undefined && ivLength !== info.ivLength) {
      if (mode !== 'gcm' || !(ivLength > 0)) return undefined;
      info.ivLength = ivLength;
    }
    return info;
  }

  return {
    Cipheriv, Decipheriv, getCipherInfo,
    createCipheriv(cipher, key, iv, options) { return new Cipheriv(cipher, key, iv, options); },
    createDecipheriv(cipher, key, iv, options) { return new Decipheriv(cipher, key, iv, options); },
    getCiphers() { return CIPHERS.slice(); },
  };
})
