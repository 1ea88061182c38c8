// Intl.NumberFormat and the methods of Number.prototype and BigInt.prototype over it.
(function (builtins, natives, load) {
  'use strict';
  const { BigInt, Number, Object, TypeError, WeakMap } = builtins;
  const { resolve, refuse, tagOf, reader, partsOf, make, define, stateOf, notProvided } = load('node/intl/options');
  const { numberOptions, settingsOf, numberText } = load('node/intl/number_options');

  /** The state of a formatter: its native part and what `resolvedOptions` says. */
  function create(locales, givenOptions, where) {
    if (givenOptions === null) throw new TypeError(`${where} called on null or undefined`);
    const given = givenOptions === undefined ? {} : Object(givenOptions);
    const resolved = resolve(locales, ['nu']);
    const numberingSystem = reader(given, where)('numberingSystem');
    if (numberingSystem !== undefined && numberingSystem !== 'latn') refuse('nu', numberingSystem);
    const options = numberOptions(given, resolved.data, where);
    const native = make('numberFormat', settingsOf(resolved, options));
    return { locale: tagOf(resolved, ['nu']), options, native, bound: undefined };
  }

  const states = new WeakMap();

  function NumberFormat(locales, options) {
    const self = new.target === undefined ? Object.create(NumberFormat.prototype) : this;
    states.set(self, create(locales, options, 'Intl.NumberFormat'));
    return self;
  }

  function ranges() {
    throw notProvided('Intl.NumberFormat.prototype.formatRange; format both ends');
  }

  /** Adds the digit options that decide, in the order of `resolvedOptions`. */
  function addDigits(resolved, { roundingType, ...rounding }) {
    resolved.minimumIntegerDigits = rounding.minimumIntegerDigits;
    const names = [];
    if (roundingType !== 'fractionDigits') names.push('minimumSignificantDigits', 'maximumSignificantDigits');
    if (roundingType !== 'significantDigits') names.push('minimumFractionDigits', 'maximumFractionDigits');
    if (roundingType === 'fractionDigits') names.splice(0, names.length, 'minimumFractionDigits', 'maximumFractionDigits');
    for (const name of names) resolved[name] = rounding[name];
  }

  define(NumberFormat, 'NumberFormat', {
    formatToParts(number) {
      return partsOf(stateOf(states, this, 'Intl.NumberFormat.prototype.formatToParts').native.parts(numberText(number)));
    },
    formatRange() { ranges(); },
    formatRangeToParts() { ranges(); },
    resolvedOptions() {
      const { locale, options } = stateOf(states, this, 'Intl.NumberFormat.prototype.resolvedOptions');
      const resolved = { locale, numberingSystem: 'latn', style: options.style };
      if (options.style === 'currency') {
        resolved.currency = options.currency;
        resolved.currencyDisplay = options.currencyDisplay;
        resolved.currencySign = options.currencySign;
      }
      if (options.style === 'unit') {
        resolved.unit = options.unit;
        resolved.unitDisplay = options.unitDisplay;
      }
      addDigits(resolved, options.rounding);
      resolved.useGrouping = options.grouping;
      resolved.notation = options.notation;
      if (options.notation === 'compact') resolved.compactDisplay = options.compactDisplay;
      resolved.signDisplay = options.signDisplay;
      resolved.roundingMode = options.rounding.roundingMode;
      resolved.roundingIncrement = 1;
      resolved.trailingZeroDisplay = options.rounding.stripIfInteger ? 'stripIfInteger' : 'auto';
      const type = options.rounding.roundingType;
      resolved.roundingPriority = type === 'morePrecision' || type === 'lessPrecision' ? type : 'auto';
      return resolved;
    },
  }, {
    format() {
      const state = stateOf(states, this, 'get Intl.NumberFormat.prototype.format');
      if (state.bound === undefined) state.bound = (number) => state.native.text(numberText(number));
      return state.bound;
    },
  });

  /** `toLocaleString` of a number. */
  function number(value, locales, options) {
    const amount = Number.prototype.valueOf.call(value);
    return create(locales, options, 'Number.prototype.toLocaleString').native.text(numberText(amount));
  }

  /** `toLocaleString` of a BigInt. */
  function bigint(value, locales, options) {
    const amount = BigInt.prototype.valueOf.call(value);
    return create(locales, options, 'BigInt.prototype.toLocaleString').native.text(numberText(amount));
  }

  return { NumberFormat, number, bigint };
})
