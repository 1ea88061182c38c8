// Intl.Collator and String.prototype.localeCompare over it.
(function (builtins, natives, load) {
  'use strict';
  const { Object, String, TypeError, WeakMap } = builtins;
  const { resolve, tagOf, reader, make, define, stateOf } = load('node/intl/options');

  /** Locales with orders of their own; others are called by their language. */
  const OWN = /^(?:en-US|de-AT|fr-CA|zh-.*)$/;

  function create(locales, givenOptions, where) {
    if (givenOptions === null) throw new TypeError(`${where} called on null or undefined`);
    const options = givenOptions === undefined ? {} : Object(givenOptions);
    const read = reader(options, where);
    const usage = read('usage', ['sort', 'search'], 'sort');
    const resolved = resolve(locales, ['co', 'kn', 'kf']);
    if (usage === 'search') throw load('node/intl/options').notProvided('the usage search of Intl.Collator');
    const { kn, kf } = resolved.keywords;
    const called = { ...resolved, locale: OWN.test(resolved.locale) ? resolved.locale : resolved.locale.split('-')[0] };
    const numeric = options.numeric === undefined ? kn === 'true' : !!options.numeric;
    const caseFirst = read('caseFirst', ['upper', 'lower', 'false'], kf);
    if (kn !== undefined && numeric !== (kn === 'true')) delete resolved.keywords.kn;
    if (kf !== undefined && caseFirst !== kf) delete resolved.keywords.kf;
    const sensitivity = read('sensitivity', ['base', 'accent', 'case', 'variant'], 'variant');
    const ignorePunctuation = options.ignorePunctuation === undefined ? false : !!options.ignorePunctuation;
    const native = make('collator', { locale: resolved.locale, sensitivity, numeric, caseFirst, ignorePunctuation });
    // Danish sorts capitals first by itself.
    const ofLocale = resolved.data === 'da' ? 'upper' : 'false';
    const shown = { usage, sensitivity, ignorePunctuation, collation: 'default', numeric, caseFirst: caseFirst === undefined ? ofLocale : caseFirst };
    return { locale: tagOf(called, ['kn', 'kf']), shown, native, bound: undefined };
  }

  /** The native takes no half of a surrogate pair. */
  function wellFormed(text) {
    return String.prototype.toWellFormed.call(text);
  }

  function order(state, left, right) {
    const [first, second] = [String(left), String(right)];
    return first === second ? 0 : state.native.compare(wellFormed(first), wellFormed(second));
  }

  const states = new WeakMap();

  function Collator(locales, options) {
    const self = new.target === undefined ? Object.create(Collator.prototype) : this;
    states.set(self, create(locales, options, 'Intl.Collator'));
    return self;
  }

  define(Collator, 'Collator', {
    resolvedOptions() {
      const { locale, shown } = stateOf(states, this, 'Intl.Collator.prototype.resolvedOptions');
      return { locale, ...shown };
    },
  }, {
    compare() {
      const state = stateOf(states, this, 'get Intl.Collator.prototype.compare');
      if (state.bound === undefined) state.bound = (left, right) => order(state, left, right);
      return state.bound;
    },
  });

  /** The state of the last call, as a sort calls with the same locale and options each time. */
  let usual;

  /** `String.prototype.localeCompare`. */
  function compare(value, other, locales, options) {
    if (value === undefined || value === null) throw new TypeError('String.prototype.localeCompare called on null or undefined');
    if (locales !== undefined || options !== undefined) return order(create(locales, options, 'String.prototype.localeCompare'), value, other);
    if (usual === undefined) usual = create(undefined, undefined, 'String.prototype.localeCompare');
    return order(usual, value, other);
  }

  return { Collator, compare };
})
