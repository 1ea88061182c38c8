// The methods that go by locale, and `Intl`, where the engine has none. What is behind them is loaded when first called.
(function (builtins, natives, load) {
  'use strict';
  const { BigInt, Date, Number, Object, String } = builtins;
  if (typeof globalThis.Intl !== 'undefined') return;
  const target = globalThis;

  function replace(prototype, methods) {
    for (const name of Object.keys(methods)) {
      Object.defineProperty(prototype, name, { configurable: true, enumerable: false, writable: true, value: methods[name] });
    }
  }

  const dates = () => load('node/intl/date_time_format');
  const numbers = () => load('node/intl/number_format');
  replace(Date.prototype, {
    toLocaleString(locales, options) { return dates().toLocale(this, 'toLocaleString', locales, options); },
    toLocaleDateString(locales, options) { return dates().toLocale(this, 'toLocaleDateString', locales, options); },
    toLocaleTimeString(locales, options) { return dates().toLocale(this, 'toLocaleTimeString', locales, options); },
  });
  replace(Number.prototype, {
    toLocaleString(locales, options) { return numbers().number(this, locales, options); },
  });
  replace(BigInt.prototype, {
    toLocaleString(locales, options) { return numbers().bigint(this, locales, options); },
  });
  replace(String.prototype, {
    localeCompare(that, locales, options) { return load('node/intl/collator').compare(this, that, locales, options); },
    toLocaleUpperCase(locales) { return load('node/intl').changeCase(this, 'toLocaleUpperCase', locales); },
    toLocaleLowerCase(locales) { return load('node/intl').changeCase(this, 'toLocaleLowerCase', locales); },
  });

  function settle(value) {
    Object.defineProperty(target, 'Intl', { configurable: true, enumerable: false, writable: true, value });
    return value;
  }
  Object.defineProperty(target, 'Intl', {
    configurable: true,
    enumerable: false,
    get() { return settle(load('node/intl').intl); },
    set(value) { settle(value); },
  });
})
