// Writes `cldr.bin`, the data of Intl, out of Unicode's CLDR as it is on npm (licence: LICENSE-CLDR beside this file):
//
//   npm install --legacy-peer-deps cldr-core@48.0.0 cldr-dates-full@48.0.0 cldr-numbers-full@48.0.0 \
//     cldr-misc-full@48.2.0 cldr-units-full@48.2.0 cldr-bcp47@48.2.0
//   node generate.js node_modules
//
// CLDR 48.0 is what the ICU of Node 20 (from 20.20) carries; a later 48.x already prints other dates. The file is an index and, under each name, JSON compressed by brotli:
// five entries a locale, so that a date does not read currencies, and one that all locales share.
'use strict';
const { readFileSync, writeFileSync } = require('fs');
const { join } = require('path');
const zlib = require('zlib');

const modules = process.argv[2];
const read = (path) => JSON.parse(readFileSync(join(modules, path), 'utf8'));
const supplemental = (name) => read(`cldr-core/supplemental/${name}.json`).supplemental;

/** What Node calls a locale -> the CLDR locale with its data. */
const LOCALES = {
  en: 'en', 'en-US': 'en', 'en-GB': 'en-GB', 'en-CA': 'en-CA', 'en-AU': 'en-AU', 'en-IE': 'en-IE', 'en-NZ': 'en-NZ', 'en-IN': 'en-IN',
  de: 'de', 'de-DE': 'de', 'de-AT': 'de-AT', 'de-CH': 'de-CH',
  fr: 'fr', 'fr-FR': 'fr', 'fr-CA': 'fr-CA',
  es: 'es', 'es-ES': 'es', 'es-MX': 'es-MX',
  it: 'it', 'it-IT': 'it', pt: 'pt', 'pt-BR': 'pt', 'pt-PT': 'pt-PT', nl: 'nl', 'nl-NL': 'nl',
  sv: 'sv', 'sv-SE': 'sv', da: 'da', 'da-DK': 'da', nb: 'nb', no: 'nb', 'no-NO': 'nb', fi: 'fi', 'fi-FI': 'fi',
  pl: 'pl', 'pl-PL': 'pl', cs: 'cs', 'cs-CZ': 'cs', tr: 'tr', 'tr-TR': 'tr',
  ja: 'ja', 'ja-JP': 'ja', ko: 'ko', 'ko-KR': 'ko',
  ru: 'ru', 'ru-RU': 'ru', uk: 'uk', 'uk-UA': 'uk', hu: 'hu', 'hu-HU': 'hu', ro: 'ro', 'ro-RO': 'ro',
  'zh-TW': 'zh-Hant', 'zh-Hant': 'zh-Hant', 'zh-Hant-TW': 'zh-Hant', zh: 'zh', 'zh-CN': 'zh', 'zh-Hans': 'zh', 'zh-Hans-CN': 'zh',
};

/** Locales that ICU has by a shorter name than CLDR. */
const ALIASES = ['zh-HK', 'zh-MO', 'zh-SG', 'zh-MY'];

/** Units that ECMA-402 sanctions, under CLDR's names. */
const UNITS = [
  'area-acre', 'digital-bit', 'digital-byte', 'temperature-celsius', 'length-centimeter', 'duration-day', 'angle-degree',
  'temperature-fahrenheit', 'volume-fluid-ounce', 'length-foot', 'volume-gallon', 'digital-gigabit', 'digital-gigabyte', 'mass-gram',
  'area-hectare', 'duration-hour', 'length-inch', 'digital-kilobit', 'digital-kilobyte', 'mass-kilogram', 'length-kilometer',
  'volume-liter', 'digital-megabit', 'digital-megabyte', 'length-meter', 'duration-microsecond', 'length-mile',
  'length-mile-scandinavian', 'volume-milliliter', 'length-millimeter', 'duration-millisecond', 'duration-minute', 'duration-month',
  'duration-nanosecond', 'mass-ounce', 'concentr-percent', 'digital-petabyte', 'mass-pound', 'duration-second', 'mass-stone',
  'digital-terabit', 'digital-terabyte', 'duration-week', 'length-yard', 'duration-year', 'speed-kilometer-per-hour',
  'speed-meter-per-second', 'speed-mile-per-hour', 'consumption-liter-per-kilometer', 'consumption-mile-per-gallon',
];

const byCode = (left, right) => (left < right ? -1 : left > right ? 1 : 0);
const languageOf = (locale) => locale.split('-')[0];

/** The locale and what it inherits from, the root (`und`) last. */
function chainOf(locale) {
  const parents = supplemental('parentLocales').parentLocales.parentLocale;
  const chain = [locale];
  for (let at = locale; at !== 'und'; chain.push(at)) {
    if (parents[at] !== undefined) at = parents[at];
    else at = at.includes('-') ? at.slice(0, at.lastIndexOf('-')) : 'und';
    if (at === 'root') at = 'und';
  }
  return chain;
}

const calendarOf = (locale) => read(`cldr-dates-full/main/${locale}/ca-gregorian.json`).main[locale].dates.calendars.gregorian;

/** Skeletons in the order in which ICU adds them: a locale's own before those of its parents, each set by code point. */
function availableFormats(locale) {
  const chain = chainOf(locale);
  const formats = chain.map((name) => calendarOf(name).dateTimeFormats.availableFormats);
  const added = [];
  for (const key of Object.keys(formats[0])) {
    if (key.includes('-count-') || key.includes('-alt-') || /[wWQ]/.test(key)) continue;
    let owner = 0;
    while (owner + 1 < chain.length && formats[owner + 1][key] === formats[owner][key]) owner += 1;
    added.push([owner, key, formats[0][key]]);
  }
  added.sort((left, right) => left[0] - right[0] || byCode(left[1], right[1]));
  return added.map(([, key, pattern]) => [key, pattern]);
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const STYLES = ['full', 'long', 'medium', 'short'];
const styles = (formats) => STYLES.map((style) => formats[style]);
const widths = (names, order) =>
  Object.fromEntries(Object.entries(names).map(([width, all]) => [width, order.map((key) => all[key])]));
const MONTHS = Array.from({ length: 12 }, (_, index) => String(index + 1));

function minutes(text) {
  const [hour, minute] = text.split(':').map(Number);
  return hour * 60 + minute;
}

function dayPeriodRules(locale) {
  const rules = supplemental('dayPeriods').dayPeriodRuleSet;
  const found = rules[locale] || rules[languageOf(locale)] || {};
  return Object.entries(found).map(([name, rule]) =>
    rule._at === undefined ? [name, minutes(rule._from), minutes(rule._before)] : [name, minutes(rule._at), -1]);
}

const REGIONS = { en: 'US', de: 'DE', fr: 'FR', es: 'ES', it: 'IT', pt: 'BR', nl: 'NL', sv: 'SE', da: 'DK', nb: 'NO', fi: 'FI', pl: 'PL',
  cs: 'CZ', tr: 'TR', ja: 'JP', ko: 'KR', zh: 'CN', 'zh-Hant': 'TW', ru: 'RU', uk: 'UA', hu: 'HU', ro: 'RO' };

function hourCycle(locale) {
  const data = supplemental('timeData').timeData;
  const region = REGIONS[locale] || locale.split('-').pop();
  const found = data[`${languageOf(locale)}_${region}`] || data[`${languageOf(locale)}-${region}`] || data[region] || data['001'];
  return found._preferred;
}

/** What a date in this locale is made of. In traditional Chinese, 48.0 lacks the spaces before a time that ICU has. */
function dates(locale) {
  const calendar = calendarOf(locale);
  const fields = read(`cldr-dates-full/main/${locale}/dateFields.json`).main[locale].dates.fields;
  const zones = read(`cldr-dates-full/main/${locale}/timeZoneNames.json`).main[locale].dates.timeZoneNames;
  const eras = (names) => [names[0], names[1]];
  return {
    months: { format: widths(calendar.months.format, MONTHS), standalone: widths(calendar.months['stand-alone'], MONTHS) },
    days: { format: widths(calendar.days.format, DAYS), standalone: widths(calendar.days['stand-alone'], DAYS) },
    dayPeriods: calendar.dayPeriods.format,
    dayPeriodRules: dayPeriodRules(locale),
    eras: { wide: eras(calendar.eras.eraNames), abbreviated: eras(calendar.eras.eraAbbr), narrow: eras(calendar.eras.eraNarrow) },
    dateFormats: styles(calendar.dateFormats),
    timeFormats: styles(calendar.timeFormats),
    atTime: locale === 'zh-Hant' ? ['{1} {0}', '{1} {0}', '{1} {0}', '{1}\u2009{0}'] : styles(calendar['dateTimeFormats-atTime'].standard),
    available: availableFormats(locale),
    appendItems: calendar.dateTimeFormats.appendItems,
    fieldNames: Object.fromEntries(
      ['era', 'year', 'month', 'weekday', 'day', 'dayperiod', 'hour', 'minute', 'second', 'zone'].map((name) => [name, fields[name].displayName])),
    hourCycle: hourCycle(locale),
    gmtFormat: zones.gmtFormat,
    hourFormat: zones.hourFormat,
  };
}

function flatZones(tree, prefix, into) {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (typeof value === 'string') continue;
    if (Array.isArray(value) || value.exemplarCity || value.long || value.short) into[path] = value;
    else flatZones(value, path, into);
  }
  return into;
}

/** Names of metazones and zones: [standard, daylight, generic] by length. */
function zones(locale) {
  const names = read(`cldr-dates-full/main/${locale}/timeZoneNames.json`).main[locale].dates.timeZoneNames;
  const lengths = (zone) => {
    const kept = {};
    for (const length of ['long', 'short']) {
      const set = zone[length];
      if (set) kept[length] = ['standard', 'daylight', 'generic'].map((type) => set[type] || '');
    }
    return kept;
  };
  const own = {};
  for (const [zone, value] of Object.entries(flatZones(names.zone, '', {}))) if (value.long || value.short) own[zone] = lengths(value);
  const metazones = {};
  for (const [name, value] of Object.entries(names.metazone || {})) metazones[name] = lengths(value);
  return { zones: own, metazones };
}

const plurals = (set, prefix) => {
  const kept = {};
  for (const [key, value] of Object.entries(set || {})) if (key.startsWith(prefix) && !key.includes('-alt-')) kept[key.slice(prefix.length)] = value;
  return kept;
};

/** `1000-count-one` -> [exponent, plural category, pattern]. */
function compact(set) {
  return Object.entries(set)
    .filter(([key]) => !key.includes('-alt-'))
    .map(([key, pattern]) => [key.split('-')[0].length - 1, key.split('-count-')[1], pattern]);
}

function numbers(locale) {
  const data = read(`cldr-numbers-full/main/${locale}/numbers.json`).main[locale].numbers;
  const [decimal, currency] = [data['decimalFormats-numberSystem-latn'], data['currencyFormats-numberSystem-latn']];
  const symbols = data['symbols-numberSystem-latn'];
  const keep = ['decimal', 'group', 'percentSign', 'plusSign', 'minusSign', 'exponential', 'infinity', 'nan', 'currencyDecimal', 'currencyGroup'];
  return {
    symbols: Object.fromEntries(keep.filter((name) => symbols[name] !== undefined).map((name) => [name, symbols[name]])),
    minimumGroupingDigits: Number(data.minimumGroupingDigits),
    decimal: decimal.standard,
    percent: data['percentFormats-numberSystem-latn'].standard,
    scientific: data['scientificFormats-numberSystem-latn'].standard,
    currency: currency.standard,
    currencyAlpha: currency['standard-alphaNextToNumber'] || currency.standard,
    accounting: currency.accounting,
    accountingAlpha: currency['accounting-alphaNextToNumber'] || currency.accounting,
    currencyUnit: plurals(currency, 'unitPattern-count-'),
    insertBetween: [currency.currencySpacing.beforeCurrency.insertBetween, currency.currencySpacing.afterCurrency.insertBetween],
    compactShort: compact(decimal.short.decimalFormat),
    compactLong: compact(decimal.long.decimalFormat),
    compactCurrency: compact(currency.short ? currency.short.standard : {}),
    compactCurrencyAlpha: Object.entries(currency.short ? currency.short.standard : {})
      .filter(([key]) => key.endsWith('-alt-alphaNextToNumber'))
      .map(([key, pattern]) => [key.split('-')[0].length - 1, key.split('-count-')[1].split('-')[0], pattern]),
  };
}

/** [symbol, narrow symbol, names by plural category]; absent where the code itself stands for it. */
function currencies(locale) {
  const kept = {};
  for (const [code, data] of Object.entries(read(`cldr-numbers-full/main/${locale}/currencies.json`).main[locale].numbers.currencies)) {
    const names = plurals(data, 'displayName-count-');
    if (names.other === undefined && data.displayName !== undefined) names.other = data.displayName;
    kept[code] = [data.symbol || '', data['symbol-alt-narrow'] || '', names];
  }
  return kept;
}

function words(locale) {
  const units = read(`cldr-units-full/main/${locale}/units.json`).main[locale].units;
  const fields = read(`cldr-dates-full/main/${locale}/dateFields.json`).main[locale].dates.fields;
  const lists = read(`cldr-misc-full/main/${locale}/listPatterns.json`).main[locale].listPatterns;
  const unit = (data) => ({ patterns: plurals(data, 'unitPattern-count-'), per: data.perUnitPattern || '' });
  const kept = { units: {}, per: {}, relative: {}, lists: {} };
  for (const length of ['long', 'short', 'narrow']) {
    kept.per[length] = units[length].per.compoundUnitPattern;
    kept.units[length] = Object.fromEntries(
      UNITS.filter((name) => units[length][name]).map((name) => [name.slice(name.indexOf('-') + 1), unit(units[length][name])]));
  }
  for (const name of ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second']) {
    for (const suffix of ['', '-short', '-narrow']) {
      const field = fields[name + suffix];
      kept.relative[name + suffix] = {
        auto: plurals(field, 'relative-type-'),
        past: plurals(field['relativeTime-type-past'], 'relativeTimePattern-count-'),
        future: plurals(field['relativeTime-type-future'], 'relativeTimePattern-count-'),
      };
    }
  }
  for (const [name, list] of Object.entries(lists)) {
    kept.lists[name.slice('listPattern-type-'.length)] = [list[2], list.start, list.middle, list.end];
  }
  return kept;
}

/** [metazone, from, to] in minutes since 1970, null for an open end. */
function metazonePeriods() {
  const time = (text) => (text === undefined ? null : Date.parse(`${text.replace(' ', 'T')}Z`) / 60000);
  const kept = {};
  for (const [zone, periods] of Object.entries(flatZones(supplemental('metaZones').metaZones.metazoneInfo.timezone, '', {}))) {
    kept[zone] = periods.map(({ usesMetazone: period }) => [period._mzone, time(period._from), time(period._to)]);
  }
  return kept;
}

/** Every name of a time zone -> the name that ICU gives back for it; a name that is its own is left out. */
function zoneAliases() {
  const kept = {};
  for (const [key, zone] of Object.entries(read('cldr-bcp47/bcp47/timezone.json').keyword.u.tz)) {
    if (key.startsWith('_') || zone._alias === undefined) continue;
    const [canonical, ...aliases] = zone._alias.split(' ');
    for (const alias of aliases) kept[alias] = canonical;
  }
  return kept;
}

function metazoneGolden() {
  const kept = {};
  for (const { mapZone } of supplemental('metaZones').metaZones.metazones) if (mapZone._territory === '001') kept[mapZone._other] = mapZone._type;
  return kept;
}

function pluralRules() {
  const languages = new Set(Object.values(LOCALES));
  const kept = {};
  for (const type of ['cardinal', 'ordinal']) {
    const all = supplemental(type === 'cardinal' ? 'plurals' : 'ordinals')[`plurals-type-${type}`];
    kept[type] = {};
    for (const locale of languages) {
      const rules = all[locale] || all[languageOf(locale)];
      kept[type][locale] = Object.entries(rules)
        .map(([key, rule]) => [key.slice('pluralRule-count-'.length), rule.split('@')[0].trim()]);
    }
  }
  return kept;
}

function shared() {
  const aliases = Object.entries(supplemental('aliases').metadata.alias.languageAlias)
    .filter(([key, { _replacement }]) => !/[-_ ]/.test(key) && !/[-_ ]/.test(_replacement));
  const fractions = Object.entries(supplemental('currencyData').currencyData.fractions).map(([code, data]) => [code, Number(data._digits)]);
  return {
    locales: LOCALES,
    available: [...read('cldr-core/availableLocales.json').availableLocales.full, ...ALIASES].filter((name) => name !== 'und' && name !== 'nb-NO'),
    languageAliases: Object.fromEntries(aliases.map(([key, { _replacement }]) => [key, _replacement])),
    currencyDigits: Object.fromEntries(fractions.filter(([code, digits]) => digits !== 2 || code === 'DEFAULT')),
    plurals: pluralRules(),
    zoneAliases: zoneAliases(),
    metazonePeriods: metazonePeriods(),
    metazoneGolden: metazoneGolden(),
  };
}

const entries = { shared: shared() };
for (const locale of new Set(Object.values(LOCALES))) {
  entries[`${locale}/dates`] = dates(locale);
  entries[`${locale}/zones`] = zones(locale);
  entries[`${locale}/numbers`] = numbers(locale);
  entries[`${locale}/currencies`] = currencies(locale);
  entries[`${locale}/words`] = words(locale);
}

const options = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT } };
const index = [];
const blobs = [];
let [offset, plain] = [0, 0];
for (const [name, value] of Object.entries(entries)) {
  const text = JSON.stringify(value);
  const blob = zlib.brotliCompressSync(text, options);
  index.push([name, offset, blob.length]);
  blobs.push(blob);
  offset += blob.length;
  plain += text.length;
  if (process.argv[3] === '--sizes') console.log(name, text.length, blob.length);
}
const head = Buffer.from(JSON.stringify(index));
const length = Buffer.alloc(4);
length.writeUInt32LE(head.length);
writeFileSync(join(__dirname, 'cldr.bin'), Buffer.concat([length, head, ...blobs]));
console.log(`${index.length} entries, ${plain} characters in ${offset} bytes`);
