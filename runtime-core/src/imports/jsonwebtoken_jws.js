// The compact form of JSON Web Signatures (RFC 7515) for `jsonwebtoken`: writing, reading and signing.
(function (builtins, natives, load) {
  'use strict';
  const { Error, JSON, String, TypeError } = builtins;
  const { Buffer } = load('node/buffer');
  const { createHmac, timingSafeEqual } = load('imports/crypto');

  const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
  const ALGORITHM = /^(?:(HS|RS|PS|ES)(256|384|512)|none)$/i;

  function base64url(text, encoding) {
    return Buffer.from(text, encoding).toString('base64url');
  }

  /** What is signed of a payload or header: text as it is, bytes as UTF-8, anything else as JSON. */
  function textOf(value) {
    if (typeof value === 'string') return value;
    return typeof value === 'number' || Buffer.isBuffer(value) ? value.toString() : JSON.stringify(value);
  }

  /** The signature over `input` in base64url, empty for `none`. Upper and lower case are the same, as in the package. */
  function signature(algorithm, input, secret) {
    const match = ALGORITHM.exec(algorithm);
    if (match === null) {
      const known = '  Supported algorithms are:\n  "HS256", "HS384", "HS512" and "none".';
      throw new TypeError(`"${algorithm}" is not a valid algorithm.\n${known}`);
    }
    const [, family, bits] = match;
    if (family === undefined) return '';
    if (family.toUpperCase() !== 'HS') {
      const only = 'this version of hedgerow signs and verifies with HS256, HS384 and HS512 only';
      throw new Error(`jsonwebtoken cannot use the algorithm ${algorithm}: ${only}`);
    }
    if (typeof secret !== 'string' && !Buffer.isBuffer(secret)) throw new TypeError('secret must be a string or buffer');
    return createHmac(`sha${bits}`, secret).update(input).digest('base64url');
  }

  /** `encoding` is how the payload's text becomes bytes. A header goes as Latin-1: so the package. */
  function encode(header, payload, secret, encoding) {
    const input = `${base64url(textOf(header), 'latin1')}.${base64url(textOf(payload), encoding)}`;
    return `${input}.${signature(header.alg, input, secret)}`;
  }

  /** Whether the signature of a token is the one `secret` gives, found in a time that tells nothing about it. */
  function isSigned(token, algorithm, secret) {
    const end = token.lastIndexOf('.');
    const expected = Buffer.from(signature(algorithm, token.slice(0, end), secret));
    const actual = Buffer.from(token.slice(end + 1));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** The parts of a token, null if it is none. A payload that its header calls a JWT must be JSON: else a SyntaxError. */
  function read(token, options) {
    const text = String(textOf(token));
    if (!COMPACT.test(text)) return null;
    const [first, second, signed] = text.split('.');
    const header = parsed(Buffer.from(first, 'base64').toString('latin1'));
    if (!header) return null;
    let payload = Buffer.from(second, 'base64').toString();
    if (header.typ === 'JWT' || options.json) payload = JSON.parse(payload);
    if (typeof payload === 'string') {
      const inner = parsed(payload);
      if (typeof inner === 'object' && inner !== null) payload = inner;
    }
    return { header, payload, signature: signed };
  }

  /** The payload of a token without verifying it, with `complete: true` all its parts; null if it is none. */
  function decode(token, options) {
    const settings = options || {};
    const parts = read(token, settings);
    return parts === null || settings.complete === true ? parts : parts.payload;
  }

  return { decode, encode, isSigned };
})
