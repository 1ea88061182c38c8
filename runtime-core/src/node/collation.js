// `localeCompare` in the root order of ICU, as Node 20 sorts: for ASCII and for its letters with accents. Other text throws.
(function (builtins, natives, load) {
  'use strict';
  const { Map, Math, Object, RangeError, String } = builtins;
  const { englishOf, settings, notProvided } = load('node/intl');

  /** From first to last; a capital letter has the place of its small one, and other control characters have none at all. */
  const ORDER = '\t\n\v\f\r _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz';
  /** Combining marks from first to last; what has a canonical equal, such as U+0341, is gone after NFD. */
  const MARKS = '\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0327\u0328\u0304\u030f\u0311\u031b\u0326';

  const placeOf = new Map();
  for (let i = 0; i < ORDER.length; i++) {
    placeOf.set(ORDER[i], { letter: i + 1, mark: 0, capital: 0 });
    const capital = ORDER[i].toUpperCase();
    if (capital !== ORDER[i]) placeOf.set(capital, { letter: i + 1, mark: 0, capital: 1 });
  }
  for (let i = 0; i < MARKS.length; i++) placeOf.set(MARKS[i], { letter: 0, mark: i + 1, capital: 0 });

  /** The places of a text's characters, undefined if one of them is not ours to order. */
  function placesOf(text) {
    const places = [];
    for (const character of text.normalize('NFD')) {
      const place = placeOf.get(character);
      if (place !== undefined) places.push(place);
      else if (!/[\x00-\x08\x0e-\x1f\x7f]/.test(character)) return undefined;
    }
    return places;
  }

  function compareBy(left, right, key) {
    const length = Math.min(left.length, right.length);
    for (let i = 0; i < length; i++) {
      if (left[i][key] !== right[i][key]) return left[i][key] < right[i][key] ? -1 : 1;
    }
    return Math.sign(left.length - right.length);
  }

  /** Which levels count for an option `sensitivity`. */
  const LEVELS = { base: [], accent: ['mark'], case: ['capital'], variant: ['mark', 'capital'] };

  function compare(value, other, locales, options) {
    if (value == null) throw new builtins.TypeError('String.prototype.localeCompare called on null or undefined');
    const [left, right] = [String(value), String(other)];
    const { sensitivity = 'variant', usage, ...rest } = settings(options);
    const fail = () => notProvided('String.prototype.localeCompare', locales, options);
    if (englishOf(locales) === undefined || Object.keys(rest).length > 0) throw fail();
    if (!Object.hasOwn(LEVELS, sensitivity)) throw new RangeError(`Value ${sensitivity} out of range for sensitivity`);
    if (left === right) return 0;
    const [leftPlaces, rightPlaces] = [placesOf(left), placesOf(right)];
    if (leftPlaces === undefined || rightPlaces === undefined) {
      throw new builtins.Error('hedgerow does not provide Intl yet: localeCompare of text beyond Latin letters with accents');
    }
    const letters = (places) => places.filter((place) => place.letter !== 0);
    const [leftLetters, rightLetters] = [letters(leftPlaces), letters(rightPlaces)];
    let order = compareBy(leftLetters, rightLetters, 'letter');
    if (order === 0 && LEVELS[sensitivity].includes('mark')) order = compareBy(leftPlaces, rightPlaces, 'mark');
    if (order === 0 && LEVELS[sensitivity].includes('capital')) order = compareBy(leftLetters, rightLetters, 'capital');
    return order;
  }

  return { compare };
})
