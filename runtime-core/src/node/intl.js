// `Intl` and the case of letters by locale. Its classes are evaluated when first read; what is not here throws and says so.
(function (builtins, natives, load) {
  'use strict';
  const { Object, String, Symbol } = builtins;
  const { canonicalList, notProvided } = load('node/intl/options');

  const CLASSES = {
    Collator: 'node/intl/collator',
    DateTimeFormat: 'node/intl/date_time_format',
    ListFormat: 'node/intl/words',
    NumberFormat: 'node/intl/number_format',
    PluralRules: 'node/intl/words',
    RelativeTimeFormat: 'node/intl/words',
  };
  const ABSENT = ['DisplayNames', 'DurationFormat', 'Locale', 'Segmenter'];

  const intl = {};
  const add = (name, value) => Object.defineProperty(intl, name, { configurable: true, writable: true, enumerable: false, value });
  for (const name of Object.keys(CLASSES)) {
    Object.defineProperty(intl, name, {
      configurable: true,
      enumerable: false,
      get() {
        const value = load(CLASSES[name])[name];
        add(name, value);
        return value;
      },
      set(value) { add(name, value); },
    });
  }
  for (const name of ABSENT) {
    // A function and not a method, so that `new` reaches the error too.
    const member = function () { throw notProvided(`Intl.${name}`); };
    Object.defineProperty(member, 'name', { value: name });
    add(name, member);
  }
  add('getCanonicalLocales', function getCanonicalLocales(locales) { return canonicalList(locales); });
  add('supportedValuesOf', function supportedValuesOf() { throw notProvided('Intl.supportedValuesOf'); });
  Object.defineProperty(intl, Symbol.toStringTag, { value: 'Intl', configurable: true });

  /** Locales whose letters change case by rules of their own that are not here. */
  const OWN_CASE_RULES = /^(?:el|lt)(?:-|$)/;

  /** `toLocaleUpperCase` and `toLocaleLowerCase`; Turkish has an i with a dot and one without. */
  function changeCase(value, method, locales) {
    if (value === undefined || value === null) throw new builtins.TypeError(`String.prototype.${method} called on null or undefined`);
    const tag = canonicalList(typeof locales === 'string' || locales === undefined ? locales : [locales[0]].filter((first) => first !== undefined))[0] || 'en';
    if (OWN_CASE_RULES.test(tag)) throw notProvided(`String.prototype.${method} for the locale ${tag}`);
    const text = String(value);
    const isTurkic = /^(?:az|tr)(?:-|$)/.test(tag);
    if (method === 'toLocaleUpperCase') {
      return String.prototype.toUpperCase.call(isTurkic ? text.replace(/i/g, '\u0130') : text);
    }
    const dotless = isTurkic ? text.replace(/I\u0307|\u0130/g, 'i').replace(/I/g, '\u0131') : text;
    return String.prototype.toLowerCase.call(dotless);
  }

  return { intl, changeCase };
})
