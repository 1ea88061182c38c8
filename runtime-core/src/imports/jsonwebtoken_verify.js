// `verify` of `jsonwebtoken`.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Date, Math, RegExp, String } = builtins;
  const { decode, isSigned } = load('imports/jsonwebtoken_jws');
  const { after, FORMS } = load('imports/jsonwebtoken_span');
  const { JsonWebTokenError, NotBeforeError, TokenExpiredError } = load('imports/jsonwebtoken_errors');

  const algorithms = (...families) => families.flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`));
  const WITH_RSA_KEY = algorithms('RS', 'PS');
  const WITH_PUBLIC_KEY = algorithms('RS', 'PS', 'ES');
  const WITH_SECRET = algorithms('HS');

  function checkOptions(options) {
    if (options.clockTimestamp && typeof options.clockTimestamp !== 'number') {
      throw new JsonWebTokenError('clockTimestamp must be a number');
    }
    const { nonce } = options;
    if (nonce !== undefined && (typeof nonce !== 'string' || nonce.trim() === '')) {
      throw new JsonWebTokenError('nonce must be a non-empty string');
    }
  }

  /** The parts of a token that nothing is known about yet. */
  function opened(token) {
    if (!token) throw new JsonWebTokenError('jwt must be provided');
    if (typeof token !== 'string') throw new JsonWebTokenError('jwt must be a string');
    if (token.split('.').length !== 3) throw new JsonWebTokenError('jwt malformed');
    const parts = decode(token, { complete: true });
    if (parts === null) throw new JsonWebTokenError('invalid token');
    return parts;
  }

  /** What an app allows that names no algorithms. A public key is never taken for a secret: anyone could sign with it. */
  function defaultAlgorithms(secret) {
    const text = String(secret);
    if (text.includes('BEGIN CERTIFICATE') || text.includes('BEGIN PUBLIC KEY')) return WITH_PUBLIC_KEY;
    return text.includes('BEGIN RSA PUBLIC KEY') ? WITH_RSA_KEY : WITH_SECRET;
  }

  function checkSignature(token, parts, secret, options) {
    if (!parts.signature && secret) throw new JsonWebTokenError('jwt signature is required');
    if (parts.signature && !secret) throw new JsonWebTokenError('secret or public key must be provided');
    if (!parts.signature && !options.algorithms) {
      throw new JsonWebTokenError('please specify "none" in "algorithms" to verify unsigned tokens');
    }
    const allowed = options.algorithms || defaultAlgorithms(secret);
    const { alg } = parts.header;
    if (!(typeof allowed === 'string' ? [allowed] : allowed).includes(alg)) throw new JsonWebTokenError('invalid algorithm');
    if (!isSigned(token, alg, secret)) throw new JsonWebTokenError('invalid signature');
  }

  function checkTimes(payload, options, now) {
    const tolerance = options.clockTolerance || 0;
    const { nbf, exp } = payload;
    if (nbf !== undefined && !options.ignoreNotBefore) {
      if (typeof nbf !== 'number') throw new JsonWebTokenError('invalid nbf value');
      if (nbf > now + tolerance) throw new NotBeforeError('jwt not active', new Date(nbf * 1000));
    }
    if (exp !== undefined && !options.ignoreExpiration) {
      if (typeof exp !== 'number') throw new JsonWebTokenError('invalid exp value');
      if (now >= exp + tolerance) throw new TokenExpiredError('jwt expired', new Date(exp * 1000));
    }
  }

  function checkAge(payload, options, now) {
    if (!options.maxAge) return;
    if (typeof payload.iat !== 'number') throw new JsonWebTokenError('iat required when maxAge is specified');
    const end = after(payload.iat, options.maxAge);
    if (end === undefined) throw new JsonWebTokenError(`"maxAge" ${FORMS} eg: "1d", "20h", 60`);
    if (now >= end + (options.clockTolerance || 0)) throw new TokenExpiredError('maxAge exceeded', new Date(end * 1000));
  }

  function checkAudience(payload, options) {
    if (!options.audience) return;
    const listed = (value) => (Array.isArray(value) ? value : [value]);
    const expected = listed(options.audience);
    const meets = (actual, wanted) => (wanted instanceof RegExp ? wanted.test(actual) : wanted === actual);
    if (listed(payload.aud).some((actual) => expected.some((wanted) => meets(actual, wanted)))) return;
    throw new JsonWebTokenError(`jwt audience invalid. expected: ${expected.join(' or ')}`);
  }

  function checkIssuer(payload, { issuer }) {
    const isWrong = Array.isArray(issuer) ? !issuer.includes(payload.iss) : typeof issuer === 'string' && payload.iss !== issuer;
    if (issuer && isWrong) throw new JsonWebTokenError(`jwt issuer invalid. expected: ${issuer}`);
  }

  function checkEqual(payload, options) {
    for (const [option, claim] of [['subject', 'sub'], ['jwtid', 'jti'], ['nonce', 'nonce']]) {
      const expected = options[option];
      if (!expected || payload[claim] === expected) continue;
      throw new JsonWebTokenError(`jwt ${option} invalid. expected: ${expected}`);
    }
  }

  /** What `verify` gives for a token; throws for the first thing that is wrong with it. */
  function verified(token, parts, secret, options) {
    checkSignature(token, parts, secret, options);
    const now = options.clockTimestamp || Math.floor(Date.now() / 1000);
    const { payload } = parts;
    checkTimes(payload, options, now);
    checkAudience(payload, options);
    checkIssuer(payload, options);
    checkEqual(payload, options);
    checkAge(payload, options, now);
    return options.complete === true ? parts : payload;
  }

  /** Returns or throws what `make` does, or hands it to `callback`, at once. */
  function settle(callback, make) {
    if (!callback) return make();
    let outcome;
    try {
      outcome = [null, make()];
    } catch (error) {
      outcome = [error];
    }
    return callback(...outcome);
  }

  /** `secret` may be `(header, (error, secret) => …)` where there is a callback. */
  function verify(token, secret, options, callback) {
    if (typeof options === 'function' && !callback) return verify(token, secret, {}, options);
    const settings = { ...options };
    let parts;
    try {
      checkOptions(settings);
      parts = opened(token);
      if (typeof secret === 'function' && !callback) {
        const message = 'verify must be called asynchronous if secret or public key is provided as a callback';
        throw new JsonWebTokenError(message);
      }
    } catch (error) {
      return settle(callback, () => { throw error; });
    }
    if (typeof secret !== 'function') return settle(callback, () => verified(token, parts, secret, settings));
    return secret(parts.header, (error, found) => settle(callback, () => {
      if (error) throw new JsonWebTokenError(`error in secret or public key callback: ${error.message}`);
      return verified(token, parts, found, settings);
    }));
  }

  return { verify };
})
