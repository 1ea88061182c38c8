// Spans of time as `jsonwebtoken` takes them: a number of seconds, or a text such as `2h` or `1.5 days`.
(function (builtins) {
  'use strict';
  const { Map, Math, Number } = builtins;

  const MAX_CHARACTERS = 100;
  const SPAN = /^(-?\d*\.?\d+) *([a-z]*)$/i;
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  /** The milliseconds in a unit. A text without a unit counts milliseconds. */
  const UNITS = new Map();
  for (const [milliseconds, names] of [
    [1, ['', 'ms', 'msec', 'msecs', 'millisecond', 'milliseconds']],
    [SECOND, ['s', 'sec', 'secs', 'second', 'seconds']],
    [MINUTE, ['m', 'min', 'mins', 'minute', 'minutes']],
    [HOUR, ['h', 'hr', 'hrs', 'hour', 'hours']],
    [DAY, ['d', 'day', 'days']],
    [7 * DAY, ['w', 'week', 'weeks']],
    [365.25 * DAY, ['y', 'yr', 'yrs', 'year', 'years']],
  ]) {
    for (const name of names) UNITS.set(name, milliseconds);
  }

  /** Unix seconds, `span` after the Unix seconds `from`; undefined if it is no span. */
  function after(from, span) {
    if (typeof span === 'number') return from + span;
    const match = typeof span === 'string' && span.length <= MAX_CHARACTERS ? SPAN.exec(span) : null;
    const unit = match === null ? undefined : UNITS.get(match[2].toLowerCase());
    return unit === undefined ? undefined : Math.floor(from + (Number(match[1]) * unit) / SECOND);
  }

  return { after, FORMS: 'should be a number of seconds or string representing a timespan' };
})
