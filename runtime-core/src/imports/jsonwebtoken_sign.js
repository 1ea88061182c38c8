// `sign` of `jsonwebtoken`.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Date, Error, Map, Math, Number, Object, Promise } = builtins;
  const { Buffer } = load('node/buffer');
  const { encode } = load('imports/jsonwebtoken_jws');
  const { after, FORMS } = load('imports/jsonwebtoken_span');

  const ALGORITHMS = [...['RS', 'PS', 'ES', 'HS'].flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`)), 'none'];

  const isString = (value) => typeof value === 'string';
  const isBoolean = (value) => typeof value === 'boolean';
  const isSeconds = (value) => typeof value === 'number';
  const isSpan = (value) => Number.isInteger(value) || (isString(value) && value !== '');

  /** By option or claim: what it has to be, and the rest of the message if it is not. */
  const OPTIONS = new Map([
    ['expiresIn', [isSpan, FORMS]],
    ['notBefore', [isSpan, FORMS]],
    ['audience', [(value) => isString(value) || Array.isArray(value), 'must be a string or array']],
    ['algorithm', [(value) => ALGORITHMS.includes(value), 'must be a valid string enum value']],
    ['header', [isPlainObject, 'must be an object']],
    ...['encoding', 'issuer', 'subject', 'jwtid', 'keyid'].map((name) => [name, [isString, 'must be a string']]),
    ...['noTimestamp', 'mutatePayload'].map((name) => [name, [isBoolean, 'must be a boolean']]),
  ]);
  const CLAIMS = new Map(['iat', 'exp', 'nbf'].map((name) => [name, [isSeconds, 'should be a number of seconds']]));

  const CLAIM_OF_SPAN = [['notBefore', 'nbf'], ['expiresIn', 'exp']];
  const CLAIM_OF_OPTION = [['audience', 'aud'], ['issuer', 'iss'], ['subject', 'sub'], ['jwtid', 'jti']];
  /** Options that set a claim, so that only an object can be their payload. */
  const FOR_OBJECTS = ['expiresIn', 'notBefore', 'noTimestamp', 'audience', 'issuer', 'subject', 'jwtid'];

  function isPlainObject(value) {
    if (typeof value !== 'object' || value === null) return false;
    const prototype = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  }

  function check(object, name, rules) {
    if (!isPlainObject(object)) throw new Error(`Expected "${name}" to be a plain object.`);
    for (const key of Object.keys(object)) {
      const rule = rules.get(key);
      // A payload may hold any other claim; an option that we do not know is a mistake.
      if (rule === undefined && rules === OPTIONS) throw new Error(`"${key}" is not allowed in "${name}"`);
      if (rule !== undefined && !rule[0](object[key])) throw new Error(`"${key}" ${rule[1]}`);
    }
  }

  /** Throws for what cannot be signed with these options; the order of the checks decides which error an app sees. */
  function checkRequest(payload, secret, options, isObject) {
    if (!secret && options.algorithm !== 'none') throw new Error('secretOrPrivateKey must have a value');
    if (payload === undefined) throw new Error('payload is required');
    if (isObject) {
      check(payload, 'payload', CLAIMS);
    } else {
      const wrong = FOR_OBJECTS.filter((name) => options[name] !== undefined);
      if (wrong.length > 0) throw new Error(`invalid ${wrong.join(',')} option for ${typeof payload} payload`);
    }
    for (const [option, claim] of CLAIM_OF_SPAN) {
      if (payload[claim] === undefined || options[option] === undefined) continue;
      throw new Error(`Bad "options.${option}" option the payload already has an "${claim}" property.`);
    }
    check(options, 'options', OPTIONS);
  }

  /** Adds to the payload, an object, the claims that the options ask for. */
  function setClaims(payload, options) {
    const issuedAt = payload.iat || Math.floor(Date.now() / 1000);
    if (options.noTimestamp) delete payload.iat;
    else payload.iat = issuedAt;
    for (const [option, claim] of CLAIM_OF_SPAN) {
      if (options[option] === undefined) continue;
      payload[claim] = after(issuedAt, options[option]);
      if (payload[claim] === undefined) throw new Error(`"${option}" ${FORMS} eg: "1d", "20h", 60`);
    }
    for (const [option, claim] of CLAIM_OF_OPTION) {
      if (options[option] === undefined) continue;
      if (payload[claim] !== undefined) {
        throw new Error(`Bad "options.${option}" option. The payload already has an "${claim}" property.`);
      }
      payload[claim] = options[option];
    }
  }

  /** Checks everything, and gives the function that makes the token. */
  function prepare(payload, secret, options) {
    const isObject = typeof payload === 'object' && !Buffer.isBuffer(payload);
    checkRequest(payload, secret, options, isObject);
    const header = {
      alg: options.algorithm || 'HS256',
      typ: isObject ? 'JWT' : undefined,
      kid: options.keyid,
      ...options.header,
    };
    const claims = isObject && !options.mutatePayload ? { ...payload } : payload;
    if (isObject) setClaims(claims, options);
    return () => encode(header, claims, secret, options.encoding || 'utf8');
  }

  function outcomeOf(make) {
    try {
      return [null, make()];
    } catch (error) {
      return [error];
    }
  }

  /** A callback hears of a wrong argument at once, of a token or of a failed signature after the caller has returned. */
  function sign(payload, secret, options, callback) {
    if (typeof options === 'function') return sign(payload, secret, {}, options);
    if (!callback) return prepare(payload, secret, options || {})();
    const [error, make] = outcomeOf(() => prepare(payload, secret, options || {}));
    if (error !== null) return callback(error);
    const outcome = outcomeOf(make);
    Promise.resolve().then(() => callback(...outcome));
    return undefined;
  }

  return { sign };
})
