// Puts functions of ours in the place of what silently ignores a locale where the engine has no Intl. They are loaded when
// first called.
(function (builtins, natives, load) {
  'use strict';
  const { BigInt, Date, Error, Number, Object, String } = builtins;
  if (typeof globalThis.Intl !== 'undefined') return;

  function replace(prototype, methods) {
    for (const name of Object.keys(methods)) {
      Object.defineProperty(prototype, name, { configurable: true, enumerable: false, writable: true, value: methods[name] });
    }
  }

  replace(Date.prototype, {
    toLocaleString(locales, options) { return load('node/intl').date(this, 'toLocaleString', locales, options); },
    toLocaleDateString(locales, options) { return load('node/intl').date(this, 'toLocaleDateString', locales, options); },
    toLocaleTimeString(locales, options) { return load('node/intl').date(this, 'toLocaleTimeString', locales, options); },
  });
  replace(Number.prototype, {
    toLocaleString(locales, options) { return load('node/intl').number(this, locales, options); },
  });
  replace(BigInt.prototype, {
    toLocaleString(locales, options) { return load('node/intl').bigint(this, locales, options); },
  });
  replace(String.prototype, {
    localeCompare(that, locales, options) { return load('node/collation').compare(this, that, locales, options); },
    toLocaleUpperCase(locales) { return load('node/intl').changeCase(this, 'toLocaleUpperCase', locales); },
    toLocaleLowerCase(locales) { return load('node/intl').changeCase(this, 'toLocaleLowerCase', locales); },
  });

  const MEMBERS = [
    'Collator', 'DateTimeFormat', 'DisplayNames', 'DurationFormat', 'ListFormat', 'Locale', 'NumberFormat', 'PluralRules',
    'RelativeTimeFormat', 'Segmenter', 'getCanonicalLocales', 'supportedValuesOf',
  ];
  const intl = {};
  for (const name of MEMBERS) {
    // A function and not a method, so that `new` reaches the error too.
    const member = function () { throw new Error(`hedgerow does not provide Intl yet: Intl.${name}`); };
    Object.defineProperty(member, 'name', { value: name });
    Object.defineProperty(intl, name, { configurable: true, writable: true, value: member });
  }
  Object.defineProperty(globalThis, 'Intl', { configurable: true, enumerable: false, writable: true, value: intl });
})
