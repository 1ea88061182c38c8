// Intl.DateTimeFormat and the methods of Date.prototype over it.
(function (builtins, natives, load) {
  'use strict';
  const { Date, JSON, Math, Number, Object, RangeError, String, TypeError, WeakMap } = builtins;
  const { resolve, refuse, tagOf, reader, digits, partsOf, make, define, stateOf, notProvided } = load('node/intl/options');

  const TEXT = ['narrow', 'short', 'long'];
  const DIGITS = ['2-digit', 'numeric'];
  /** Options that are fields of a date, in the order of `resolvedOptions`. */
  const FIELDS = {
    weekday: TEXT, era: TEXT, year: DIGITS, month: ['2-digit', 'numeric', ...TEXT], day: DIGITS, dayPeriod: TEXT, hour: DIGITS, minute: DIGITS,
    second: DIGITS, fractionalSecondDigits: undefined,
    timeZoneName: ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric'],
  };
  const STYLES = ['full', 'long', 'medium', 'short'];
  const DATE = ['weekday', 'year', 'month', 'day'];
  const TIME = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'];

  /** The fields of the options; `undefined` for those that are not asked for. */
  function fieldsOf(options, read) {
    const fields = {};
    for (const name of Object.keys(FIELDS)) {
      const value = name === 'fractionalSecondDigits' ? digits(options[name], name, 1, 3, undefined) : read(name, FIELDS[name]);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  }

  /** What a call without fields means: ECMA-402, ToDateTimeOptions. `required` and `defaults`: date, time, any or all. */
  function addDefaults(fields, { dateStyle, timeStyle }, required, defaults) {
    const has = (names) => names.some((name) => fields[name] !== undefined);
    const given = (required !== 'time' && has(DATE)) || (required !== 'date' && has(TIME));
    if (required === 'date' && timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
    if (required === 'time' && dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
    if (given || dateStyle !== undefined || timeStyle !== undefined) return;
    if (defaults !== 'time') fields.year = fields.month = fields.day = 'numeric';
    if (defaults !== 'date') fields.hour = fields.minute = fields.second = 'numeric';
  }

  function checkStyles(fields, styles) {
    const style = styles.dateStyle !== undefined ? 'dateStyle' : 'timeStyle';
    if (styles[style] === undefined) return;
    const field = Object.keys(fields)[0];
    if (field !== undefined) throw new TypeError(`Can't set option ${field} when ${style} is used`);
  }

  function zoneOf(value) {
    if (value === undefined) return 'UTC';
    const name = String(value);
    const canonical = natives.timeZone(name);
    if (canonical === undefined) throw new RangeError(`Invalid time zone specified: ${name}`);
    return canonical === 'Etc/UTC' || canonical === 'Etc/GMT' ? 'UTC' : canonical;
  }

  /** The state of a formatter: its native part and what `resolvedOptions` says. */
  function create(locales, givenOptions, { where, required, defaults }) {
    if (givenOptions === null) throw new TypeError('Cannot convert undefined or null to object');
    const options = givenOptions === undefined ? {} : Object(givenOptions);
    const read = reader(options, where);
    const calendar = read('calendar');
    const numberingSystem = read('numberingSystem');
    const hour12 = options.hour12 === undefined ? undefined : !!options.hour12;
    const hourCycle = read('hourCycle', ['h11', 'h12', 'h23', 'h24']);
    const resolved = resolve(locales, ['ca', 'nu', 'hc']);
    if (calendar !== undefined && calendar !== 'gregory') refuse('ca', calendar);
    if (numberingSystem !== undefined && numberingSystem !== 'latn') refuse('nu', numberingSystem);
    if (hour12 !== undefined || (hourCycle !== undefined && hourCycle !== resolved.keywords.hc)) delete resolved.keywords.hc;
    const timeZone = zoneOf(options.timeZone);
    const fields = fieldsOf(options, read);
    const styles = { dateStyle: read('dateStyle', STYLES), timeStyle: read('timeStyle', STYLES) };
    checkStyles(fields, styles);
    addDefaults(fields, styles, required, defaults);
    const settings = { data: resolved.data, timeZone, ...fields, ...styles };
    if (hour12 !== undefined) settings.hour12 = hour12 ? 'twelve' : 'twentyfour';
    else settings.hourCycle = hourCycle === undefined ? resolved.keywords.hc : hourCycle;
    return { locale: tagOf(resolved, ['ca', 'nu', 'hc']), timeZone, styles, native: make('dateFormat', settings), bound: undefined };
  }

  function timeOf(date) {
    const time = date === undefined ? Date.now() : Number(date);
    if (!(Math.abs(time) <= 8.64e15)) throw new RangeError('Invalid time value');
    return Math.trunc(time) + 0;
  }

  /** `text` or `parts` of a time. */
  function shown(state, what, time) {
    const value = state.native[what](time);
    if (value === undefined) throw notProvided(`names of the time zone ${state.timeZone} by place, such as longGeneric asks for here`);
    return value;
  }

  const states = new WeakMap();

  function DateTimeFormat(locales, options) {
    const self = new.target === undefined ? Object.create(DateTimeFormat.prototype) : this;
    states.set(self, create(locales, options, { where: 'Intl.DateTimeFormat', required: 'any', defaults: 'date' }));
    return self;
  }

  function ranges() {
    throw notProvided('Intl.DateTimeFormat.prototype.formatRange; format both ends');
  }

  define(DateTimeFormat, 'DateTimeFormat', {
    formatToParts(date) {
      return partsOf(shown(stateOf(states, this, 'Intl.DateTimeFormat.prototype.formatToParts'), 'parts', timeOf(date)));
    },
    formatRange() { ranges(); },
    formatRangeToParts() { ranges(); },
    resolvedOptions() {
      const { locale, timeZone, styles, native } = stateOf(states, this, 'Intl.DateTimeFormat.prototype.resolvedOptions');
      const pattern = JSON.parse(native.resolved);
      const resolved = { locale, calendar: 'gregory', numberingSystem: 'latn', timeZone };
      if (pattern.hourCycle !== undefined) {
        resolved.hourCycle = pattern.hourCycle;
        resolved.hour12 = pattern.hourCycle === 'h11' || pattern.hourCycle === 'h12';
      }
      const isStyled = styles.dateStyle !== undefined || styles.timeStyle !== undefined;
      for (const name of isStyled ? [] : Object.keys(FIELDS)) if (pattern[name] !== undefined) resolved[name] = pattern[name];
      if (styles.dateStyle !== undefined) resolved.dateStyle = styles.dateStyle;
      if (styles.timeStyle !== undefined) resolved.timeStyle = styles.timeStyle;
      return resolved;
    },
  }, {
    format() {
      const state = stateOf(states, this, 'get Intl.DateTimeFormat.prototype.format');
      if (state.bound === undefined) state.bound = (date) => shown(state, 'text', timeOf(date));
      return state.bound;
    },
  });

  const DEFAULTS = {
    toLocaleString: { required: 'any', defaults: 'all' },
    toLocaleDateString: { required: 'date', defaults: 'date' },
    toLocaleTimeString: { required: 'time', defaults: 'time' },
  };

  /** The methods of Date.prototype. */
  function toLocale(date, method, locales, options) {
    const time = Date.prototype.getTime.call(date);
    if (time !== time) return 'Invalid Date';
    const state = create(locales, options, { where: `Date.prototype.${method}`, ...DEFAULTS[method] });
    return shown(state, 'text', time);
  }

  return { DateTimeFormat, toLocale };
})
