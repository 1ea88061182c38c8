// Dates, numbers and case by locale, as Node 20 prints them for en-US and en-GB. Whatever else is asked for throws.
(function (builtins, natives) {
  'use strict';
  const { Array, Date, Error, JSON, Math, Number, Object, RangeError, String, TypeError } = builtins;

  const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const MONTHS = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December',
  ];
  /** Before it, ICU counts days by the Julian calendar. */
  const FIRST_GREGORIAN_DAY = Date.UTC(1582, 9, 15);
  /** Locales whose letters change case by rules of their own. */
  const OWN_CASE_RULES = /^(?:az|el|lt|tr)(?:-|$)/i;

  function notProvided(what, locales, options) {
    const args = [locales, options].map((value) => (value === undefined ? 'undefined' : JSON.stringify(value)));
    if (options === undefined) args.pop();
    return new Error(`hedgerow does not provide Intl yet: ${what}(${args.join(', ')})`);
  }

  /** `en-US` or `en-GB` for what means one of them, undefined for any other locale. */
  function englishOf(locales) {
    const list = Array.isArray(locales) ? locales : [locales];
    const first = list.length === 0 ? undefined : list[0];
    if (first === undefined) return 'en-US';
    if (typeof first !== 'string') throw new TypeError('Incorrect locale information provided');
    const name = first.toLowerCase();
    if (name === 'en' || name === 'en-us') return 'en-US';
    return name === 'en-gb' ? 'en-GB' : undefined;
  }

  /** The options that are set. */
  function settings(options) {
    const set = {};
    if (options === undefined) return set;
    if (options === null) throw new TypeError('Cannot convert undefined or null to object');
    for (const name of Object.keys(options)) {
      const value = options[name];
      if (value !== undefined) set[name] = value;
    }
    return set;
  }

  function two(value) {
    return String(value).padStart(2, '0');
  }

  function dateText(date, english) {
    const [day, month, year] = [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear()];
    return english === 'en-US' ? `${month}/${day}/${year}` : `${two(day)}/${two(month)}/${year}`;
  }

  function timeText(date, english) {
    const [hour, rest] = [date.getUTCHours(), `${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`];
    if (english === 'en-GB') return `${two(hour)}:${rest}`;
    return `${hour % 12 || 12}:${rest} ${hour < 12 ? 'AM' : 'PM'}`;
  }

  /** One field by itself, which reads the same in both locales; undefined for what we do not do. */
  function fieldText(date, set) {
    const names = Object.keys(set);
    if (names.length !== 1) return undefined;
    const name = names[0];
    const style = set[name];
    if (name === 'weekday' && style === 'long') return WEEKDAYS[date.getUTCDay()];
    if (name === 'weekday' && style === 'short') return WEEKDAYS[date.getUTCDay()].slice(0, 3);
    if (name === 'month' && style === 'long') return MONTHS[date.getUTCMonth()];
    if (name === 'month' && style === 'numeric') return String(date.getUTCMonth() + 1);
    if (name === 'year' && style === 'numeric') return String(date.getUTCFullYear());
    if (name === 'day' && style === 'numeric') return String(date.getUTCDate());
    return undefined;
  }

  /** A date whose fields in UTC are those of the time in the zone; undefined where the zone's offset is not known. */
  function inZone(milliseconds, zone) {
    if (zone === undefined) return new Date(milliseconds);
    if (!natives.isTimeZone(zone)) throw new RangeError(`Invalid time zone specified: ${zone}`);
    const seconds = natives.offsetSeconds(zone, milliseconds);
    return seconds === undefined ? undefined : new Date(milliseconds + seconds * 1000);
  }

  function date(value, method, locales, options) {
    const milliseconds = Date.prototype.getTime.call(value);
    const english = englishOf(locales);
    const { timeZone, ...set } = settings(options);
    const fail = () => notProvided(`Date.prototype.${method}`, locales, options);
    if (english === undefined) throw fail();
    if (milliseconds !== milliseconds) return 'Invalid Date';
    const local = inZone(milliseconds, timeZone === undefined ? undefined : String(timeZone));
    if (local === undefined || local.getTime() < FIRST_GREGORIAN_DAY) throw fail();
    if (Object.keys(set).length > 0) {
      const text = method === 'toLocaleTimeString' ? undefined : fieldText(local, set);
      if (text === undefined) throw fail();
      return text;
    }
    if (method === 'toLocaleDateString') return dateText(local, english);
    if (method === 'toLocaleTimeString') return timeText(local, english);
    return `${dateText(local, english)}, ${timeText(local, english)}`;
  }

  function group(digits) {
    return digits.replace(/\B(?=(\d{3})+$)/g, ',');
  }

  /** The digits of a finite number's shortest form, without an exponent: ICU rounds these, not the exact binary value. */
  function plainDigits(magnitude) {
    const [mantissa, exponent] = String(magnitude).split('e');
    const [whole, fraction = ''] = mantissa.split('.');
    const shift = exponent === undefined ? 0 : Number(exponent);
    if (shift >= 0) return [whole + fraction.slice(0, shift).padEnd(shift, '0'), fraction.slice(shift)];
    const padded = whole.padStart(1 - shift, '0');
    return [padded.slice(0, padded.length + shift), padded.slice(padded.length + shift) + fraction];
  }

  /** Rounds half away from zero to at most `most` digits after the point, and shows at least `least`. */
  function fixed(magnitude, least, most) {
    const [whole, fraction] = plainDigits(magnitude);
    let digits = whole + fraction.slice(0, most).padEnd(most, '0');
    if (fraction.length > most && fraction[most] >= '5') digits = increment(digits);
    const split = digits.length - most;
    let shown = digits.slice(split).replace(/0+$/, '');
    if (shown.length < least) shown = shown.padEnd(least, '0');
    const front = group(digits.slice(0, split).replace(/^0+(?=\d)/, ''));
    return shown === '' ? front : `${front}.${shown}`;
  }

  function increment(digits) {
    const nines = /9*$/.exec(digits)[0].length;
    const head = digits.slice(0, digits.length - nines);
    const raised = head === '' ? '1' : head.slice(0, -1) + String(Number(head[head.length - 1]) + 1);
    return raised + '0'.repeat(nines);
  }

  function digitsOption(set, name, ifAbsent) {
    const value = set[name];
    if (value === undefined) return ifAbsent;
    const count = Number(value);
    if (!(count >= 0 && count <= 20)) throw new RangeError(`${name} value is out of range.`);
    return Math.floor(count);
  }

  function number(value, locales, options) {
    const amount = Number.prototype.valueOf.call(value);
    const set = settings(options);
    const known = Object.keys(set).every((name) => name === 'minimumFractionDigits' || name === 'maximumFractionDigits');
    if (englishOf(locales) === undefined || !known) throw notProvided('Number.prototype.toLocaleString', locales, options);
    if (amount !== amount) return 'NaN';
    const sign = amount < 0 || Object.is(amount, -0) ? '-' : '';
    if (!Number.isFinite(amount)) return `${sign}∞`;
    const least = digitsOption(set, 'minimumFractionDigits', undefined);
    const most = digitsOption(set, 'maximumFractionDigits', undefined);
    if (least !== undefined && most !== undefined && least > most) {
      throw new RangeError('maximumFractionDigits value is out of range.');
    }
    const from = least === undefined ? Math.min(0, most === undefined ? 0 : most) : least;
    const to = most === undefined ? Math.max(3, from) : most;
    return sign + fixed(Math.abs(amount), from, to);
  }

  function bigint(value, locales, options) {
    const text = builtins.BigInt.prototype.toString.call(value);
    if (englishOf(locales) === undefined || Object.keys(settings(options)).length > 0) {
      throw notProvided('BigInt.prototype.toLocaleString', locales, options);
    }
    return text[0] === '-' ? `-${group(text.slice(1))}` : group(text);
  }

  function changeCase(value, method, locales) {
    const list = Array.isArray(locales) ? locales : [locales];
    const first = list.length === 0 ? undefined : list[0];
    if (first !== undefined && typeof first !== 'string') throw new TypeError('Incorrect locale information provided');
    if (OWN_CASE_RULES.test(first)) throw notProvided(`String.prototype.${method}`, locales);
    return method === 'toLocaleUpperCase' ? String.prototype.toUpperCase.call(value) : String.prototype.toLowerCase.call(value);
  }

  return { date, number, bigint, changeCase, englishOf, settings, notProvided };
})
