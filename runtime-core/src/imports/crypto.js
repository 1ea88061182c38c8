// The import `crypto`: what there is of Node's module, and in which source. A source is evaluated when a member of it is first
// read, so that a digest pays for no ciphers. What is not here throws an error that says so.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Object } = builtins;

  const MEMBERS = {
    crypto_hash: ['Hash', 'Hmac', 'createHash', 'createHmac', 'getHashes', 'hash'],
    crypto_random: [
      'getRandomValues', 'pseudoRandomBytes', 'randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID',
      'timingSafeEqual',
    ],
    crypto_keys: ['KeyObject', 'createPrivateKey', 'createPublicKey', 'createSecretKey'],
    crypto_sign: [
      'Sign', 'Verify', 'createSign', 'createVerify', 'privateDecrypt', 'privateEncrypt', 'publicEncrypt', 'sign', 'verify',
    ],
    crypto_cipher: ['Cipheriv', 'Decipheriv', 'createCipheriv', 'createDecipheriv', 'getCipherInfo', 'getCiphers'],
    crypto_derive: ['hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync', 'scrypt', 'scryptSync'],
    crypto_generate: ['generateKey', 'generateKeyPair', 'generateKeyPairSync', 'generateKeySync'],
  };
  const NOT_HERE = [
    'checkPrime', 'checkPrimeSync', 'createCipher', 'createDecipher', 'createDiffieHellman', 'createDiffieHellmanGroup',
    'createECDH', 'diffieHellman', 'generatePrime', 'generatePrimeSync', 'getDiffieHellman', 'publicDecrypt', 'setEngine',
    'X509Certificate',
  ];

  const module = {};

  function settle(name, value) {
    Object.defineProperty(module, name, { configurable: true, enumerable: true, value, writable: true });
    return value;
  }

  function lazy(name, evaluate) {
    Object.defineProperty(module, name, {
      configurable: true,
      enumerable: true,
      get() { return settle(name, evaluate()); },
      set(value) { settle(name, value); },
    });
  }

  for (const source of Object.keys(MEMBERS)) {
    for (const name of MEMBERS[source]) lazy(name, () => load(`imports/${source}`)[name]);
  }
  lazy('constants', () => load('imports/crypto_constants'));
  for (const name of NOT_HERE) {
    module[name] = { [name]() { throw new Error(`hedgerow does not provide crypto.${name}`); } }[name];
  }
  module.getCurves = function getCurves() { return ['prime256v1', 'secp384r1', 'secp521r1']; };
  module.getFips = function getFips() { return 0; };
  return module;
})
