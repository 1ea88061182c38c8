// What the constructors of Intl have in common: locales, options, parts (ECMA-402, "Abstract Operations").
(function (builtins, natives) {
  'use strict';
  const { Error, JSON, Map, Math, Number, Object, RangeError, String, Symbol, TypeError } = builtins;

  function notProvided(what) {
    return new Error(`hedgerow does not provide ${what}`);
  }

  /** Tags in canonical form, each once. */
  function canonicalList(locales) {
    if (locales === undefined) return [];
    if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
    const list = typeof locales === 'string' ? [locales] : Object(locales);
    const found = [];
    for (let i = 0; i < Math.min(Math.floor(Number(list.length)) || 0, 1000); i++) {
      if (!(i in list)) continue;
      const tag = list[i];
      if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null)) {
        throw new TypeError('Incorrect locale information provided');
      }
      const canonical = natives.canonicalLocale(String(tag));
      if (canonical === undefined) throw new RangeError('Incorrect locale information provided');
      if (!found.includes(canonical)) found.push(canonical);
    }
    return found;
  }

  /** Values that a keyword of a tag, `-u-hc-h12`, or the option of its name may have; what else ICU has throws. */
  const OURS = { ca: ['gregory'], nu: ['latn'], hc: ['h11', 'h12', 'h23', 'h24'], co: ['default'], kn: ['true', 'false'], kf: ['upper', 'lower', 'false'] };

  /** Locale, name of its data and the keywords that count, of which `relevant` are looked at. */
  function resolve(locales, relevant) {
    const tags = canonicalList(locales);
    const found = JSON.parse(natives.negotiate(tags));
    if (found.refused) {
      throw notProvided(`Intl for the locale ${found.refused}; it has ${natives.supportedLocales().join(', ')}`);
    }
    const keywords = {};
    for (const key of relevant) {
      const value = found.keywords[key];
      if (value === undefined) continue;
      if (OURS[key].includes(value)) keywords[key] = value;
      else if (key === 'co' || key === 'ca' || key === 'nu') refuse(key, value);
    }
    return { locale: found.locale, data: found.data, keywords };
  }

  function refuse(key, value) {
    const name = { ca: 'calendar', nu: 'numbering system', co: 'collation' }[key];
    // A name that ICU does not know either is passed over, as it is by Node.
    if (KNOWN[key].includes(value)) throw notProvided(`the ${name} ${value}; it has ${OURS[key].join(', ')}`);
  }

  const KNOWN = {
    ca: ['buddhist', 'chinese', 'coptic', 'dangi', 'ethioaa', 'ethiopic', 'hebrew', 'indian', 'islamic', 'islamic-civil', 'islamic-rgsa',
      'islamic-tbla', 'islamic-umalqura', 'iso8601', 'japanese', 'persian', 'roc'],
    nu: ['adlm', 'ahom', 'arab', 'arabext', 'bali', 'beng', 'bhks', 'brah', 'cakm', 'cham', 'deva', 'diak', 'fullwide', 'gara', 'gong', 'gonm',
      'gujr', 'gukh', 'guru', 'hanidec', 'hmng', 'hmnp', 'java', 'kali', 'kawi', 'khmr', 'knda', 'krai', 'lana', 'lanatham', 'laoo', 'lepc',
      'limb', 'mathbold', 'mathdbl', 'mathmono', 'mathsanb', 'mathsans', 'mlym', 'modi', 'mong', 'mroo', 'mtei', 'mymr', 'mymrshan', 'mymrtlng',
      'nagm', 'newa', 'nkoo', 'olck', 'onao', 'orya', 'osma', 'outlined', 'rohg', 'saur', 'segment', 'shrd', 'sind', 'sinh', 'sora', 'sund',
      'sunu', 'takr', 'talu', 'tamldec', 'telu', 'thai', 'tibt', 'tirh', 'tnsa', 'tols', 'vaii', 'wara', 'wcho'],
    co: ['compat', 'emoji', 'eor', 'phonebk', 'phonetic', 'pinyin', 'searchjl', 'stroke', 'trad', 'unihan', 'zhuyin'],
  };

  /** The locale with the keywords that took effect, in alphabetical order. */
  function tagOf(resolved, keys) {
    const kept = keys.filter((key) => resolved.keywords[key] !== undefined).sort();
    if (kept.length === 0) return resolved.locale;
    const text = kept.map((key) => (resolved.keywords[key] === 'true' ? key : `${key}-${resolved.keywords[key]}`));
    return `${resolved.locale}-u-${text.join('-')}`;
  }

  /** A reader of options, `(name, values, fallback)`; the values are those that an option of text may have. */
  function reader(options, where) {
    return function (name, values, fallback) {
      const value = options[name];
      if (value === undefined) return fallback;
      const text = String(value);
      if (values !== undefined && !values.includes(text)) {
        throw new RangeError(`Value ${text} out of range for ${where} options property ${name}`);
      }
      return text;
    };
  }

  /** An option that is a number of digits. */
  function digits(value, name, least, most, fallback) {
    if (value === undefined) return fallback;
    const count = Number(value);
    if (!(count >= least && count <= most)) throw new RangeError(`${name} value is out of range.`);
    return Math.floor(count);
  }

  /** Type, text, type, text, … as objects. */
  function partsOf(flat) {
    const parts = [];
    for (let i = 0; i < flat.length; i += 2) parts.push({ type: flat[i], value: flat[i + 1] });
    return parts;
  }

  /** The latest formatters by their options, as `toLocaleString` makes one at each call. */
  const made = new Map();
  const MOST_KEPT = 24;

  /** `natives[name](settings)`, the same object for the same settings. */
  function make(name, settings) {
    const text = JSON.stringify(settings);
    const key = name + text;
    let found = made.get(key);
    if (found === undefined) {
      found = natives[name](text);
      if (made.size >= MOST_KEPT) made.clear();
      made.set(key, found);
    }
    return found;
  }

  /** Makes a function a class of Intl: its name in texts, methods, and `supportedLocalesOf`. */
  function define(constructor, name, methods, getters) {
    const prototype = constructor.prototype;
    const add = (target, key, value) => Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
    add(prototype, 'constructor', constructor);
    for (const key of Object.keys(methods)) add(prototype, key, methods[key]);
    for (const key of Object.keys(getters || {})) {
      Object.defineProperty(prototype, key, { get: getters[key], configurable: true, enumerable: false });
    }
    Object.defineProperty(prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
    Object.defineProperty(constructor, 'prototype', { writable: false });
    Object.defineProperty(constructor, 'length', { value: 0, configurable: true });
    add(constructor, 'supportedLocalesOf', function supportedLocalesOf(locales) {
      return canonicalList(locales).filter((tag) => natives.isSupportedLocale(tag));
    });
    return constructor;
  }

  /** The state of an object of ours, or an error that names the method it was used with. */
  function stateOf(states, object, method) {
    const state = states.get(object);
    if (state === undefined) throw new TypeError(`Method ${method} called on incompatible receiver ${String(object)}`);
    return state;
  }

  return { canonicalList, resolve, refuse, tagOf, reader, digits, partsOf, make, define, stateOf, notProvided };
})
