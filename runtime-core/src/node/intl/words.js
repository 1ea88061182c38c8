// Intl.PluralRules, Intl.ListFormat and Intl.RelativeTimeFormat.
(function (builtins, natives, load) {
  'use strict';
  const { JSON, Number, Object, RangeError, String, TypeError, WeakMap } = builtins;
  const { resolve, tagOf, reader, partsOf, make, define, stateOf } = load('node/intl/options');
  const { digitOptions, numberOptions, settingsOf, numberText } = load('node/intl/number_options');

  const pluralRules = new WeakMap();
  const lists = new WeakMap();
  const relatives = new WeakMap();

  function requireNew(target, name) {
    if (target === undefined) throw new TypeError(`Constructor Intl.${name} requires 'new'`);
  }

  function objectOf(options) {
    if (options === undefined) return Object.create(null);
    if (typeof options !== 'object' || options === null) throw new TypeError('Incorrect options information provided');
    return options;
  }

  function PluralRules(locales, options) {
    requireNew(new.target, 'PluralRules');
    const given = options === undefined ? {} : Object(options);
    const resolved = resolve(locales, []);
    const type = reader(given, 'Intl.PluralRules')('type', ['cardinal', 'ordinal'], 'cardinal');
    const rounding = digitOptions(given, 'Intl.PluralRules', { least: 0, most: 3, isCompact: false });
    const native = make('numberFormat', { data: resolved.data, rounding });
    pluralRules.set(this, { resolved, type, rounding, native });
  }

  define(PluralRules, 'PluralRules', {
    select(number) {
      const { native, type } = stateOf(pluralRules, this, 'Intl.PluralRules.prototype.select');
      return native.plural(numberText(Number(number)), type);
    },
    resolvedOptions() {
      const { resolved, type, rounding } = stateOf(pluralRules, this, 'Intl.PluralRules.prototype.resolvedOptions');
      // ICU has rules by language, and Portugal's.
      const locale = resolved.data === 'pt-PT' ? resolved.locale : resolved.locale.split('-')[0];
      const shown = { locale, type, minimumIntegerDigits: rounding.minimumIntegerDigits };
      const kind = rounding.roundingType === 'significantDigits' ? 'Significant' : 'Fraction';
      for (const name of [`minimum${kind}Digits`, `maximum${kind}Digits`]) shown[name] = rounding[name];
      return { ...shown, pluralCategories: natives.pluralCategories(resolved.data, type) };
    },
  });

  function ListFormat(locales, options) {
    requireNew(new.target, 'ListFormat');
    const read = reader(objectOf(options), 'Intl.ListFormat');
    const resolved = resolve(locales, []);
    const type = read('type', ['conjunction', 'disjunction', 'unit'], 'conjunction');
    const style = read('style', ['long', 'short', 'narrow'], 'long');
    const name = { conjunction: 'standard', disjunction: 'or', unit: 'unit' }[type] + (style === 'long' ? '' : `-${style}`);
    lists.set(this, { resolved, type, style, patterns: natives.listPatterns(resolved.data, name) });
  }

  /** `{0} and {1}` with its parts. */
  function joined(pattern, left, right) {
    const parts = [];
    for (const piece of pattern.split(/(\{[01]\})/)) {
      if (piece === '{0}') parts.push(...left);
      else if (piece === '{1}') parts.push(...right);
      else if (piece !== '') parts.push({ type: 'literal', value: piece });
    }
    return parts;
  }

  /** Spanish changes its `y` and `o`, before a like sound, as in ICU. */
  function ofSound(pattern, language, next) {
    if (language !== 'es') return pattern;
    if (/ y \{1\}$/.test(pattern) && /^(?:i|hi(?![ae]))/i.test(next)) return pattern.replace(' y {1}', ' e {1}');
    if (/ o \{1\}$/.test(pattern) && /^(?:o|ho|8|11(?!\d{1,2}(?:\D|$)))/i.test(next)) return pattern.replace(' o {1}', ' u {1}');
    return pattern;
  }

  function listParts({ resolved, patterns: [two, start, middle, end] }, iterable) {
    const items = [];
    if (iterable !== undefined) {
      for (const item of iterable) {
        if (typeof item !== 'string') throw new TypeError(`Iterable yielded ${String(item)} which is not a string`);
        items.push([{ type: 'element', value: item }]);
      }
    }
    if (items.length === 0) return [];
    if (items.length === 1) return items[0];
    const language = resolved.data.split('-')[0];
    const last = items[items.length - 1];
    if (items.length === 2) return joined(ofSound(two, language, last[0].value), items[0], last);
    let parts = joined(ofSound(end, language, last[0].value), items[items.length - 2], last);
    for (let i = items.length - 3; i > 0; i--) parts = joined(middle, items[i], parts);
    return joined(start, items[0], parts);
  }

  define(ListFormat, 'ListFormat', {
    format(list) {
      return listParts(stateOf(lists, this, 'Intl.ListFormat.prototype.format'), list).map((part) => part.value).join('');
    },
    formatToParts(list) {
      const parts = [];
      for (const part of listParts(stateOf(lists, this, 'Intl.ListFormat.prototype.formatToParts'), list)) {
        const before = parts[parts.length - 1];
        if (part.type === 'literal' && before !== undefined && before.type === 'literal') before.value += part.value;
        else parts.push(part);
      }
      return parts;
    },
    resolvedOptions() {
      const { resolved, type, style } = stateOf(lists, this, 'Intl.ListFormat.prototype.resolvedOptions');
      return { locale: resolved.locale, type, style };
    },
  });

  const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

  function RelativeTimeFormat(locales, options) {
    requireNew(new.target, 'RelativeTimeFormat');
    const given = options === undefined ? {} : Object(options);
    const read = reader(given, 'Intl.RelativeTimeFormat');
    const resolved = resolve(locales, ['nu']);
    const style = read('style', ['long', 'short', 'narrow'], 'long');
    const numeric = read('numeric', ['always', 'auto'], 'always');
    const settings = settingsOf(resolved, numberOptions({}, resolved.data, 'Intl.RelativeTimeFormat'));
    relatives.set(this, { resolved, style, numeric, native: make('numberFormat', settings) });
  }

  function relativeParts({ resolved, style, numeric, native }, value, unit, method) {
    const amount = Number(value);
    const name = String(unit).replace(/s$/, '');
    if (!UNITS.includes(name)) throw new RangeError(`Invalid unit argument for Intl.RelativeTimeFormat.prototype.${method}() '${unit}'`);
    if (!Number.isFinite(amount)) throw new RangeError(`Value need to be finite number for Intl.RelativeTimeFormat.prototype.${method}()`);
    const patterns = JSON.parse(natives.relativePatterns(resolved.data, style === 'long' ? name : `${name}-${style}`));
    const word = numeric === 'auto' ? patterns.auto[Object.is(amount, -0) ? '0' : String(amount)] : undefined;
    if (word !== undefined) return [{ type: 'literal', value: word }];
    const isPast = amount < 0 || Object.is(amount, -0);
    const text = numberText(isPast ? -amount : amount);
    const forms = isPast ? patterns.past : patterns.future;
    const pattern = forms[native.plural(text, 'cardinal')] || forms.other;
    const number = partsOf(native.parts(text)).map((part) => ({ ...part, unit: name }));
    return joined(pattern, number, []);
  }

  define(RelativeTimeFormat, 'RelativeTimeFormat', {
    format(value, unit) {
      const state = stateOf(relatives, this, 'Intl.RelativeTimeFormat.prototype.format');
      return relativeParts(state, value, unit, 'format').map((part) => part.value).join('');
    },
    formatToParts(value, unit) {
      return relativeParts(stateOf(relatives, this, 'Intl.RelativeTimeFormat.prototype.formatToParts'), value, unit, 'formatToParts');
    },
    resolvedOptions() {
      const { resolved, style, numeric } = stateOf(relatives, this, 'Intl.RelativeTimeFormat.prototype.resolvedOptions');
      return { locale: tagOf(resolved, ['nu']), style, numeric, numberingSystem: 'latn' };
    },
  });

  return { PluralRules, ListFormat, RelativeTimeFormat };
})
