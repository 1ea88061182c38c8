// The options of Intl.NumberFormat, and those of digits that other classes share (ECMA-402, SetNumberFormatDigitOptions).
(function (builtins, natives, load) {
  'use strict';
  const { Math, RangeError, TypeError } = builtins;
  const { digits, reader, notProvided } = load('node/intl/options');

  const MODES = ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'];

  /** Minimum and maximum of fraction digits, each given or made of the other. */
  function fractionDigits(options, least, most) {
    const minimum = digits(options.minimumFractionDigits, 'minimumFractionDigits', 0, 20, undefined);
    const maximum = digits(options.maximumFractionDigits, 'maximumFractionDigits', 0, 20, undefined);
    if (minimum === undefined && maximum === undefined) return [least, most];
    if (minimum === undefined) return [Math.min(least, maximum), maximum];
    if (maximum === undefined) return [minimum, Math.max(most, minimum)];
    if (minimum > maximum) throw new RangeError('maximumFractionDigits value is out of range.');
    return [minimum, maximum];
  }

  /** The digit options of a class whose fraction digits are by default `least` to `most`; `isCompact` by its notation. */
  function digitOptions(options, where, { least, most, isCompact }) {
    const read = reader(options, where);
    const found = { minimumIntegerDigits: digits(options.minimumIntegerDigits, 'minimumIntegerDigits', 1, 21, 1) };
    const hasSignificant = options.minimumSignificantDigits !== undefined || options.maximumSignificantDigits !== undefined;
    const hasFraction = options.minimumFractionDigits !== undefined || options.maximumFractionDigits !== undefined;
    const priority = read('roundingPriority', ['auto', 'morePrecision', 'lessPrecision'], 'auto');
    const increment = options.roundingIncrement === undefined ? 1 : Number(options.roundingIncrement);
    if (increment !== 1) throw notProvided('the option roundingIncrement of Intl.NumberFormat');
    found.roundingMode = read('roundingMode', MODES, 'halfExpand');
    found.stripIfInteger = read('trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto') === 'stripIfInteger';
    const needSignificant = priority !== 'auto' || hasSignificant;
    const needFraction = priority !== 'auto' || !(hasSignificant || (!hasFraction && isCompact));
    if (needSignificant) {
      found.minimumSignificantDigits = digits(options.minimumSignificantDigits, 'minimumSignificantDigits', 1, 21, 1);
      found.maximumSignificantDigits =
        digits(options.maximumSignificantDigits, 'maximumSignificantDigits', found.minimumSignificantDigits, 21, 21);
    }
    if (needFraction) [found.minimumFractionDigits, found.maximumFractionDigits] = fractionDigits(options, least, most);
    if (!needSignificant && !needFraction) {
      return { ...found, minimumFractionDigits: 0, maximumFractionDigits: 0, minimumSignificantDigits: 1, maximumSignificantDigits: 2,
        roundingType: 'morePrecision' };
    }
    found.roundingType = priority !== 'auto' ? priority : hasSignificant ? 'significantDigits' : 'fractionDigits';
    return found;
  }

  function unitOf(unit, data, style, method) {
    if (unit === undefined) {
      if (style === 'unit') throw new TypeError(`Invalid unit argument for ${method}() ''`);
      return '';
    }
    const names = String(unit).split('-per-');
    const isUnit = natives.hasUnit(data, String(unit)) || (names.length === 2 && names.every((name) => natives.hasUnit(data, name)));
    const isSanctioned = isUnit && !names.some((name) => name.includes('-per-'));
    if (!isSanctioned) throw new RangeError(`Invalid unit argument for ${method}() '${unit}'`);
    return String(unit);
  }

  function currencyOf(currency, style) {
    if (currency === undefined) {
      if (style === 'currency') throw new TypeError('Currency code is required with currency style.');
      return '';
    }
    const code = String(currency);
    if (!/^[A-Za-z]{3}$/.test(code)) throw new RangeError(`Invalid currency code : ${code}`);
    return code.toUpperCase();
  }

  function groupingOf(options, isCompact, where) {
    const fallback = isCompact ? 'min2' : 'auto';
    const value = options.useGrouping;
    if (value === undefined) return fallback;
    if (value === true) return 'always';
    if (value === false || value === null || value === 0 || value === '') return false;
    const text = String(value);
    if (text === 'true' || text === 'false') return fallback;
    if (!['min2', 'auto', 'always'].includes(text)) throw new RangeError(`Value ${text} out of range for ${where} options property useGrouping`);
    return text;
  }

  const { Number, String } = builtins;

  /** All options of a number's format, checked, with their defaults. */
  function numberOptions(options, data, where) {
    const read = reader(options, where);
    const style = read('style', ['decimal', 'percent', 'currency', 'unit'], 'decimal');
    const currency = currencyOf(options.currency, style);
    const currencyDisplay = read('currencyDisplay', ['code', 'symbol', 'narrowSymbol', 'name'], 'symbol');
    const currencySign = read('currencySign', ['standard', 'accounting'], 'standard');
    const unit = unitOf(options.unit, data, style, where);
    const unitDisplay = read('unitDisplay', ['short', 'narrow', 'long'], 'short');
    const notation = read('notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard');
    const isCompact = notation === 'compact';
    const ofCurrency = style === 'currency' ? natives.currencyDigits(currency) : 0;
    const [least, most] = style === 'currency' ? [ofCurrency, ofCurrency] : [0, style === 'percent' ? 0 : 3];
    const rounding = digitOptions(options, where, { least, most, isCompact });
    const compactDisplay = read('compactDisplay', ['short', 'long'], 'short');
    const grouping = groupingOf(options, isCompact, where);
    const signDisplay = read('signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto');
    return { style, currency, currencyDisplay, currencySign, unit, unitDisplay, notation, compactDisplay, grouping, signDisplay, rounding };
  }

  /** Currencies of the past with signs of their own in one locale, which we do not have. */
  const OWN_SIGNS = { it: 'ITL', 'pt-PT': 'PTE' };

  /** The options as the native takes them. */
  function settingsOf({ data, locale }, options) {
    const { style, currency, currencyDisplay, currencySign, unit, unitDisplay, notation, compactDisplay, grouping, signDisplay, rounding } = options;
    if (style === 'currency' && OWN_SIGNS[data] === currency) throw notProvided(`amounts of ${currency} for the locale ${locale}`);
    const ownPattern = data === 'tr' && (locale === 'tr-TR' || currency === 'TRY');
    return {
      data, ownPattern, style, signDisplay, currency, currencyDisplay, accounting: currencySign === 'accounting' && signDisplay !== 'never', unit, unitDisplay, rounding,
      notation: notation !== 'compact' ? notation : compactDisplay === 'long' ? 'compactLong' : 'compactShort',
      grouping: grouping === false ? 'never' : grouping,
    };
  }

  /** A number for the native: every digit of a text or a BigInt counts. */
  function numberText(value) {
    const primitive = typeof value === 'object' && value !== null ? toPrimitive(value) : value;
    if (typeof primitive === 'bigint') return builtins.BigInt.prototype.toString.call(primitive);
    if (typeof primitive === 'string') {
      const text = primitive.trim();
      if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,6})?$/i.test(text)) return text;
    }
    const number = Number(primitive);
    return builtins.Object.is(number, -0) ? '-0' : String(number);
  }

  function toPrimitive(value) {
    const exotic = value[builtins.Symbol.toPrimitive];
    if (exotic !== undefined && exotic !== null) return exotic.call(value, 'number');
    const first = value.valueOf();
    return typeof first === 'object' && first !== null ? value.toString() : first;
  }

  return { digitOptions, numberOptions, settingsOf, numberText };
})
