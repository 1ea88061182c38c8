// Calls of Intl, made up of locales, options, dates, zones and numbers: (seed) -> expressions. The same ones for a seed, so that
// Node and our engine can be asked alike.
(function (seed) {
  const LOCALES = [
    'en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES', 'it-IT', 'pt-BR', 'nl-NL', 'sv-SE', 'pl-PL', 'ja-JP', 'zh-CN', 'ko-KR', 'tr-TR', 'da-DK',
    'en-CA', 'en-AU', 'en-IE', 'en-NZ', 'en-IN', 'de-AT', 'de-CH', 'fr-CA', 'es-MX', 'pt-PT', 'nb', 'fi-FI', 'cs-CZ', 'de', 'zh', 'zh-TW', 'ru-RU', 'uk-UA', 'hu-HU', 'ro-RO',
  ];
  const DATES = [0, 1672617905123, 1689424200000, 951782399999, 1711846800000, 1730001600000, -1e12, -62198755200000, 4102444799000, 1700000043210];
  const ZONES = [
    undefined, 'UTC', 'America/New_York', 'Europe/London', 'Europe/Paris', 'Asia/Tokyo', 'Asia/Kolkata', 'Australia/Sydney', 'America/Sao_Paulo',
    'America/Los_Angeles', 'Pacific/Auckland', 'Asia/Kathmandu', 'Europe/Dublin', 'America/St_Johns', 'Africa/Cairo', 'Europe/Istanbul',
  ];
  let state = seed;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 4294967296;
  const pick = (list) => list[Math.floor(random() * list.length)];
  const text = (value) => JSON.stringify(value);
  const calls = [];

  const FIELDS = {
    weekday: ['narrow', 'short', 'long'], era: ['short', 'long', 'narrow'], year: ['numeric', '2-digit'],
    month: ['numeric', '2-digit', 'short', 'long', 'narrow'], day: ['numeric', '2-digit'], hour: ['numeric', '2-digit'],
    minute: ['numeric', '2-digit'], second: ['numeric', '2-digit'], fractionalSecondDigits: [1, 2, 3],
    timeZoneName: ['short', 'long', 'shortOffset', 'longOffset'], dayPeriod: ['short', 'long', 'narrow'],
    hour12: [true, false], hourCycle: ['h11', 'h12', 'h23', 'h24'],
  };
  const STYLES = ['full', 'long', 'medium', 'short'];
  const SHAPES = [
    ['weekday'], ['month'], ['year'], ['day'], ['weekday', 'year', 'month', 'day'], ['year', 'month', 'day'], ['month', 'day'], ['year', 'month'],
    ['hour', 'minute'], ['hour', 'minute', 'second'], ['hour'], ['minute', 'second'], ['year', 'month', 'day', 'hour', 'minute'],
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'timeZoneName'], ['hour', 'minute', 'timeZoneName'], ['weekday', 'hour'],
    ['hour', 'minute', 'hour12'], ['hour', 'minute', 'second', 'fractionalSecondDigits'], ['era', 'year', 'month', 'day'], ['era', 'year'],
    ['weekday', 'month', 'day', 'hour', 'minute'], ['hour', 'dayPeriod'], ['month', 'day', 'hour', 'minute', 'second', 'hourCycle'],
    ['timeZoneName'], ['weekday', 'day'], ['weekday', 'month'], ['hour', 'hourCycle'], ['hour', 'minute', 'hourCycle'], ['second'], ['dayPeriod'],
    ['weekday', 'year', 'month', 'day', 'hour', 'minute', 'second', 'timeZoneName', 'hour12'], ['fractionalSecondDigits'],
  ];

  /** Date.prototype: no options, styles, and shapes of fields. */
  for (const locale of LOCALES) {
    for (const method of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']) {
      calls.push(`new Date(${pick(DATES)}).${method}(${text(locale)})`);
      calls.push(`new Date(${pick(DATES)}).${method}(${text(locale)}, ${text({ timeZone: pick(ZONES.slice(1)) })})`);
    }
    for (const style of STYLES) {
      const zone = { timeZone: pick(ZONES) };
      calls.push(`new Date(${pick(DATES)}).toLocaleDateString(${text(locale)}, ${text({ dateStyle: style, ...zone })})`);
      calls.push(`new Date(${pick(DATES)}).toLocaleTimeString(${text(locale)}, ${text({ timeStyle: style, ...zone })})`);
      calls.push(`new Date(${pick(DATES)}).toLocaleString(${text(locale)}, ${text({ dateStyle: style, timeStyle: pick(STYLES), ...zone })})`);
      calls.push(`new Date(${pick(DATES)}).toLocaleString(${text(locale)}, ${text({ dateStyle: pick(STYLES), timeStyle: style, hour12: pick([true, false]), ...zone })})`);
    }
    for (const shape of SHAPES) {
      const options = { timeZone: pick(ZONES) };
      for (const field of shape) options[field] = pick(FIELDS[field]);
      const format = `new Intl.DateTimeFormat(${text(locale)}, ${text(options)})`;
      calls.push(`${format}.${pick(['format', 'format', 'formatToParts'])}(${pick(DATES)})`);
    }
    for (let i = 0; i < 8; i++) {
      const options = { timeZone: pick(ZONES) };
      for (const field of Object.keys(FIELDS)) if (random() < 0.35) options[field] = pick(FIELDS[field]);
      calls.push(`new Date(${pick(DATES)}).toLocaleString(${text(locale)}, ${text(options)})`);
    }
    for (const timeZoneName of ['short', 'long', 'shortOffset', 'longOffset']) {
      for (const timeZone of [pick(ZONES), pick(ZONES)]) {
        calls.push(`new Date(${pick(DATES)}).toLocaleTimeString(${text(locale)}, ${text({ timeZone, timeZoneName })})`);
      }
    }
    calls.push(`new Intl.DateTimeFormat(${text(locale)}, ${text({ weekday: 'long', hour: pick(['numeric', '2-digit']), timeZone: pick(ZONES) })}).resolvedOptions()`);
    calls.push(`new Intl.DateTimeFormat(${text(locale)}, ${text({ dateStyle: pick(STYLES), timeStyle: pick(STYLES) })}).resolvedOptions()`);
    calls.push(`new Intl.DateTimeFormat(${text(locale)}).resolvedOptions()`);
  }

  const NUMBERS = [0, -0, 1, -1, 0.5, 1.005, 1234.5, 12345.678, 1234567.891, 0.000123, 999999, 1e21, -98765.4321, 2, 5, 21, 1e6, 1500000, 99.95, 1e-7, 42];
  const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'SEK', 'BRL', 'CHF', 'KWD', 'INR', 'PLN', 'CAD', 'AUD', 'KRW', 'TRY', 'MXN'];
  const UNITS = ['kilometer', 'kilometer-per-hour', 'byte', 'megabyte', 'celsius', 'day', 'hour', 'percent', 'liter', 'mile', 'second', 'kilobyte-per-second', 'liter-per-kilometer'];
  const NUMBER_OPTIONS = [
    () => ({}), () => ({ maximumFractionDigits: pick([0, 1, 2, 5]) }), () => ({ minimumFractionDigits: pick([1, 2, 4]) }),
    () => ({ maximumSignificantDigits: pick([1, 2, 3, 6]) }), () => ({ minimumSignificantDigits: pick([3, 5]) }), () => ({ style: 'percent' }),
    () => ({ style: 'percent', minimumFractionDigits: 1 }), () => ({ style: 'currency', currency: pick(CURRENCIES) }),
    () => ({ style: 'currency', currency: pick(CURRENCIES) }),
    () => ({ style: 'currency', currency: pick(CURRENCIES), currencyDisplay: pick(['code', 'name', 'narrowSymbol']) }),
    () => ({ style: 'currency', currency: pick(CURRENCIES), currencyDisplay: 'name' }),
    () => ({ style: 'currency', currency: pick(CURRENCIES), currencySign: 'accounting', signDisplay: pick(['auto', 'always', 'exceptZero']) }),
    () => ({ style: 'currency', currency: pick(CURRENCIES), maximumFractionDigits: 0 }), () => ({ useGrouping: pick([false, true, 'min2', 'always', 'auto']) }),
    () => ({ notation: 'compact' }), () => ({ notation: 'compact', compactDisplay: 'long' }),
    () => ({ notation: 'compact', style: 'currency', currency: pick(CURRENCIES) }), () => ({ notation: 'compact', maximumFractionDigits: 1 }),
    () => ({ notation: 'scientific' }), () => ({ notation: 'engineering' }), () => ({ signDisplay: pick(['always', 'never', 'exceptZero', 'negative']) }),
    () => ({ style: 'unit', unit: pick(UNITS) }), () => ({ style: 'unit', unit: pick(UNITS), unitDisplay: pick(['long', 'narrow']) }),
    () => ({ minimumIntegerDigits: 3 }), () => ({ roundingMode: pick(['ceil', 'floor', 'trunc', 'halfEven']), maximumFractionDigits: 1 }),
  ];
  for (const locale of LOCALES) {
    for (const options of NUMBER_OPTIONS) {
      const shown = options();
      const number = pick(NUMBERS);
      const literal = Object.is(number, -0) ? '-0' : String(number);
      calls.push(`(${literal}).toLocaleString(${text(locale)}, ${text(shown)})`);
      if (random() < 0.3) calls.push(`new Intl.NumberFormat(${text(locale)}, ${text(shown)}).formatToParts(${literal})`);
      if (random() < 0.2) calls.push(`new Intl.NumberFormat(${text(locale)}, ${text(shown)}).resolvedOptions()`);
    }
    for (let i = 0; i < 12; i++) {
      const shown = { style: pick(['decimal', 'percent', 'currency', 'unit']), notation: pick(['standard', 'standard', 'compact', 'scientific', 'engineering']) };
      if (shown.style === 'currency') Object.assign(shown, { currency: pick(CURRENCIES), currencyDisplay: pick(['symbol', 'code', 'name', 'narrowSymbol']), currencySign: pick(['standard', 'accounting']) });
      if (shown.style === 'unit') Object.assign(shown, { unit: pick(UNITS), unitDisplay: pick(['short', 'long', 'narrow']) });
      if (random() < 0.3) shown.signDisplay = pick(['auto', 'always', 'never', 'exceptZero', 'negative']);
      if (random() < 0.3) shown.compactDisplay = pick(['short', 'long']);
      if (random() < 0.2) shown.useGrouping = pick([true, false, 'min2', 'always']);
      if (random() < 0.2) shown.minimumFractionDigits = pick([0, 1, 3]);
      if (random() < 0.2) shown.maximumSignificantDigits = pick([1, 3, 5]);
      if (random() < 0.1) shown.roundingPriority = pick(['morePrecision', 'lessPrecision', 'auto']);
      if (random() < 0.1) shown.roundingMode = pick(['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfTrunc', 'halfEven']);
      if (random() < 0.1) shown.trailingZeroDisplay = 'stripIfInteger';
      calls.push(`new Intl.NumberFormat(${text(locale)}, ${text(shown)}).${pick(['format', 'formatToParts'])}(${pick(NUMBERS)})`);
    }
    calls.push(`12345678901234567890n.toLocaleString(${text(locale)})`, `(NaN).toLocaleString(${text(locale)})`, `(-Infinity).toLocaleString(${text(locale)})`);
  }

  const WORDS = "['z', 'a', 'ä', 'Z', 'Ä', 'å', 'ö', 'o', 'é', 'e', 'ñ', 'n', 'ç', 'c', 'ı', 'i', 'I', 'İ', 'ł', 'l', 'æ', 'ø', '10', '2', '1', 'a b', 'a-b', 'ab', '', 'ß', 'ss', 'co-op', 'coop', 'résumé', 'resume', 'Resume', 'ch', 'cz', 'll', 'lz']";
  for (const locale of LOCALES) {
    for (const options of [{}, { numeric: true }, { sensitivity: 'base' }, { sensitivity: 'accent' }, { caseFirst: 'upper' }, { ignorePunctuation: true }]) {
      calls.push(`${WORDS}.sort(new Intl.Collator(${text(locale)}, ${text(options)}).compare).join('|')`);
    }
    calls.push(`${WORDS}.sort((a, b) => a.localeCompare(b, ${text(locale)})).join('|')`);
    calls.push(`['日本', '中国', 'あ', 'ア', '한국', '가', 'б', 'а', 'ω', 'a', '阿', '八'].sort(new Intl.Collator(${text(locale)}).compare).join('|')`);
    calls.push(`'a'.localeCompare('A', ${text(locale)}, { sensitivity: ${text(pick(['base', 'accent', 'case', 'variant']))} })`);
    calls.push(`new Intl.Collator(${text(locale)}).resolvedOptions()`);
    for (const type of ['cardinal', 'ordinal']) {
      calls.push(`[0, 1, 2, 3, 5, 11, 21, 22, 100, 1.5, 1e6].map((n) => new Intl.PluralRules(${text(locale)}, { type: '${type}' }).select(n)).join()`);
      calls.push(`new Intl.PluralRules(${text(locale)}, { type: '${type}' }).resolvedOptions()`);
    }
    for (const style of ['long', 'short', 'narrow']) {
      const [unit, numeric] = [pick(['second', 'minute', 'hours', 'day', 'week', 'months', 'quarter', 'year']), pick(['always', 'auto'])];
      calls.push(`new Intl.RelativeTimeFormat(${text(locale)}, ${text({ style, numeric })}).format(${pick([-1, 1, 0, -2, 5, 1.5, -10000])}, '${unit}')`);
      calls.push(`new Intl.RelativeTimeFormat(${text(locale)}, ${text({ style, numeric: 'auto' })}).formatToParts(${pick([-1, 1, 0, 3])}, 'day')`);
      const type = pick(['conjunction', 'disjunction', 'unit']);
      calls.push(`new Intl.ListFormat(${text(locale)}, ${text({ style, type })}).format(['Anna', 'Oskar', 'Ivo'])`);
      calls.push(`new Intl.ListFormat(${text(locale)}, ${text({ style, type })}).formatToParts(['padre', 'hijo'])`);
    }
    calls.push(`'Iıiİßéw'.toLocaleUpperCase(${text(locale)}) + 'Iıiİßéw'.toLocaleLowerCase(${text(locale)})`);
  }
  return calls;
})
