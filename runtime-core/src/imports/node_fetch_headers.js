// Headers of node-fetch version 2.
(function (builtins) {
  'use strict';
  const { Array, Object, String, Symbol, TypeError } = builtins;

  const BAD_NAME = /[^\^_`a-zA-Z\-0-9!#$%&'*+.|~]/;
  const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

  function checkedName(name) {
    const text = `${name}`;
    if (text === '' || BAD_NAME.test(text)) throw new TypeError(`${text} is not a legal HTTP header name`);
    return text;
  }

  function checkedValue(value) {
    const text = `${value}`;
    if (BAD_VALUE.test(text)) throw new TypeError(`${text} is not a legal HTTP header value`);
    return text;
  }

  /** Set inside the class: appends without checks, for what came over the network. */
  let appendLenient;

  /** A name keeps the case it was first given in, and matches in any. */
  class Headers {
    #map = Object.create(null);

    static {
      appendLenient = (headers, name, value) => {
        if (!BAD_NAME.test(name) && !BAD_VALUE.test(value)) (headers.#map[name] ||= []).push(value);
      };
    }

    constructor(init = undefined) {
      if (init == null) return;
      if (init instanceof Headers) {
        for (const name of Object.keys(init.#map)) this.#map[name] = [...init.#map[name]];
        return;
      }
      if (typeof init !== 'object') throw new TypeError('Provided initializer must be an object');
      const iterate = init[Symbol.iterator];
      if (iterate == null) {
        for (const name of Object.keys(init)) this.set(name, init[name]);
        return;
      }
      if (typeof iterate !== 'function') throw new TypeError('Header pairs must be iterable');
      for (const item of init) this.#appendPair(item);
    }

    #appendPair(item) {
      if (item === null || typeof item !== 'object' || typeof item[Symbol.iterator] !== 'function') {
        throw new TypeError('Each header pair must be iterable');
      }
      const pair = Array.from(item);
      if (pair.length !== 2) throw new TypeError('Each header pair must be a name/value tuple');
      this.append(pair[0], pair[1]);
    }

    #key(name) {
      const wanted = checkedName(name).toLowerCase();
      return Object.keys(this.#map).find((key) => key.toLowerCase() === wanted);
    }

    get(name) {
      const key = this.#key(name);
      return key === undefined ? null : this.#map[key].join(', ');
    }

    has(name) { return this.#key(name) !== undefined; }

    set(name, value) {
      const key = this.#key(name);
      this.#map[key === undefined ? `${name}` : key] = [checkedValue(value)];
    }

    append(name, value) {
      const key = this.#key(name);
      const text = checkedValue(value);
      if (key === undefined) this.#map[`${name}`] = [text];
      else this.#map[key].push(text);
    }

    delete(name) {
      const key = this.#key(name);
      if (key !== undefined) delete this.#map[key];
    }

    raw() {
      const raw = Object.create(null);
      for (const name of Object.keys(this.#map)) raw[name] = [...this.#map[name]];
      return raw;
    }

    forEach(callback, thisArg = undefined) {
      for (const [name, value] of this.#sorted()) callback.call(thisArg, value, name, this);
    }

    #sorted() {
      return Object.keys(this.#map)
        .map((name) => [name.toLowerCase(), this.#map[name].join(', ')])
        .sort((a, b) => (a[0] < b[0] ? -1 : 1));
    }

    *keys() { for (const [name] of this.#sorted()) yield name; }
    *values() { for (const [, value] of this.#sorted()) yield value; }
    *entries() { yield* this.#sorted(); }
  }
  Object.defineProperty(Headers.prototype, Symbol.toStringTag, { configurable: true, value: 'Headers' });
  Object.defineProperty(Headers.prototype, Symbol.iterator, {
    configurable: true,
    writable: true,
    value: Headers.prototype.entries,
  });

  /** Of the pairs of a response, names in lower case. */
  function received(pairs) {
    const headers = new Headers();
    for (const [name, value] of pairs) appendLenient(headers, name.toLowerCase(), value);
    return headers;
  }

  /** Every value with its name, in the order they were set. */
  function pairsOf(headers) {
    const raw = headers.raw();
    return Object.keys(raw).flatMap((name) => raw[name].map((value) => [name, value]));
  }

  return { Headers, received, pairsOf };
})
