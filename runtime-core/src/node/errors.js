// Errors with the names, codes and wording of Node's, since apps and libraries match on them.
(function (builtins) {
  'use strict';
  const { Error, JSON, Math, Number, Object, RangeError, String, TypeError } = builtins;

  /** An error of class `Base` that prints as `Name [CODE]: message` and has an own enumerable `code`. */
  function coded(Base, code, message) {
    const error = new Base(message);
    Object.defineProperty(error, 'toString', {
      configurable: true,
      enumerable: false,
      writable: true,
      value() { return `${this.name} [${code}]: ${this.message}`; },
    });
    error.code = code;
    return error;
  }

  /** An error that Node's native side makes: it has a `code`, and prints without it. */
  function plain(Base, code, message) {
    const error = new Base(message);
    error.code = code;
    return error;
  }

  /** `Received …` as Node words it for a value of a wrong type. */
  function received(value) {
    if (value == null) return ` Received ${value}`;
    if (typeof value === 'function') return ` Received function ${value.name}`;
    if (typeof value === 'object') {
      const name = value.constructor && value.constructor.name;
      return name ? ` Received an instance of ${name}` : ' Received [Object: null prototype] {}';
    }
    return ` Received type ${typeof value} (${preview(value)})`;
  }

  function preview(value) {
    if (typeof value !== 'string') return typeof value === 'bigint' ? `${value}n` : String(value);
    const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
    if (!text.includes("'")) return `'${text}'`;
    return text.includes('"') ? `'${text.replace(/'/g, "\\'")}'` : JSON.stringify(text);
  }

  /** ERR_INVALID_ARG_TYPE: `what` is `The "size" argument`, `expected` is `of type number`. */
  function invalidType(what, expected, value) {
    return coded(TypeError, 'ERR_INVALID_ARG_TYPE', `${what} must be ${expected}.${received(value)}`);
  }

  /** ERR_INVALID_ARG_VALUE: a name with a dot in it is that of a property. */
  function invalidValue(name, value, reason = 'is invalid') {
    const kind = name.includes('.') ? 'property' : 'argument';
    return coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${shown(value)}`);
  }

  /** About what `util.inspect` prints of a value. */
  function shown(value) {
    if (typeof value === 'function') return `[Function: ${value.name}]`;
    if (typeof value !== 'object' || value === null) return preview(value);
    return Object.keys(value).length === 0 ? '{}' : '[Object]';
  }

  /** Groups digits of integers beyond 32 bits with `_`, as Node's range errors do. */
  function grouped(value) {
    if (typeof value === 'bigint') {
      const text = String(value);
      return `${value > 2n ** 32n || value < -(2n ** 32n) ? underscores(text) : text}n`;
    }
    if (typeof value !== 'number') return preview(value);
    return Number.isInteger(value) && Math.abs(value) > 2 ** 32 ? underscores(String(value)) : String(value);
  }

  function underscores(text) {
    return text.replace(/\B(?=(\d{3})+$)/g, '_');
  }

  /** ERR_OUT_OF_RANGE: `range` is `>= 0 and <= 255` or `an integer`; the text says `It must be RANGE`. */
  function outOfRange(name, range, value) {
    const text = `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(value)}`;
    return coded(RangeError, 'ERR_OUT_OF_RANGE', text);
  }

  /** Throws unless `value` is an integer from `min` to `max`. */
  function checkInteger(value, name, min, max) {
    if (typeof value !== 'number') throw invalidType(`The "${name}" argument`, 'of type number', value);
    if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
    if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  }

  function unknownEncoding(encoding) {
    return coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${String(encoding)}`);
  }

  return { Error, coded, plain, received, preview, invalidType, invalidValue, outOfRange, checkInteger, unknownEncoding };
})
