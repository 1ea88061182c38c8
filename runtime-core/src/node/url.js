// URL and URLSearchParams of the WHATWG standard, as Node has them. The algorithms are native; this is their shape.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Object, String, Symbol, TypeError } = builtins;
  const { coded, plain, invalidType } = load('node/errors');

  const HREF = 0, ORIGIN = 1, PROTOCOL = 2, USERNAME = 3, PASSWORD = 4, HOST = 5;
  const HOSTNAME = 6, PORT = 7, PATHNAME = 8, SEARCH = 9, HASH = 10;

  function text(value) {
    return `${value}`.toWellFormed();
  }

  function missing(count, names) {
    const list = names.map((name) => `"${name}"`).join(' and ');
    throw coded(TypeError, 'ERR_MISSING_ARGS', `The ${list} argument${count > 1 ? 's' : ''} must be specified`);
  }

  /** Set inside the classes: how URL reaches the private parts of its URLSearchParams and back. */
  let connect;
  let replace;
  let updateSearch;

  class URLSearchParams {
    #pairs = [];
    #url = null;

    static {
      connect = (params, url) => { params.#url = url; };
      replace = (params, query) => { params.#pairs = pairsOf(natives.parseQuery(query.replace(/^\?/, ''))); };
    }

    constructor(init = undefined) {
      if (init === undefined || init === null) return;
      if (typeof init !== 'object' && typeof init !== 'function') {
        replace(this, text(init));
      } else if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) this.#pairs.push(checkedPair(pair));
      } else if (init[Symbol.iterator] != null) {
        throw coded(TypeError, 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable');
      } else {
        for (const key of builtins.Reflect.ownKeys(init)) {
          if (typeof key === 'symbol' || !Object.prototype.propertyIsEnumerable.call(init, key)) continue;
          this.#set(text(key), text(init[key]));
        }
      }
    }

    get size() { return this.#pairs.length; }

    append(name, value) {
      if (arguments.length < 2) missing(2, ['name', 'value']);
      this.#pairs.push([text(name), text(value)]);
      this.#changed();
    }

    delete(name, value = undefined) {
      if (arguments.length < 1) missing(1, ['name']);
      const key = text(name);
      const only = value === undefined ? undefined : text(value);
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== key || (only !== undefined && pair[1] !== only));
      this.#changed();
    }

    get(name) {
      if (arguments.length < 1) missing(1, ['name']);
      const key = text(name);
      const pair = this.#pairs.find((each) => each[0] === key);
      return pair === undefined ? null : pair[1];
    }

    getAll(name) {
      if (arguments.length < 1) missing(1, ['name']);
      const key = text(name);
      return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
    }

    has(name, value = undefined) {
      if (arguments.length < 1) missing(1, ['name']);
      const key = text(name);
      const only = value === undefined ? undefined : text(value);
      return this.#pairs.some((pair) => pair[0] === key && (only === undefined || pair[1] === only));
    }

    set(name, value) {
      if (arguments.length < 2) missing(2, ['name', 'value']);
      this.#set(text(name), text(value));
      this.#changed();
    }

    sort() {
      this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }

    *entries() { for (let i = 0; i < this.#pairs.length; i++) yield [this.#pairs[i][0], this.#pairs[i][1]]; }

    forEach(callback, thisArg = undefined) {
      if (typeof callback !== 'function') throw invalidType('The "callback" argument', 'of type function', callback);
      for (let i = 0; i < this.#pairs.length; i++) {
        const [name, value] = this.#pairs[i];
        callback.call(thisArg, value, name, this);
      }
    }

    *keys() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][0]; }
    *values() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][1]; }

    toString() { return natives.formatQuery(this.#pairs.flat()); }

    #set(name, value) {
      const first = this.#pairs.find((pair) => pair[0] === name);
      if (first === undefined) {
        this.#pairs.push([name, value]);
        return;
      }
      first[1] = value;
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== name);
    }

    #changed() {
      if (this.#url !== null) updateSearch(this.#url, this.toString());
    }
  }
  finish(URLSearchParams, 'URLSearchParams');
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    configurable: true,
    writable: true,
    value: URLSearchParams.prototype.entries,
  });

  function pairsOf(flat) {
    const pairs = [];
    for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i], flat[i + 1]]);
    return pairs;
  }

  function checkedPair(pair) {
    const list = pair !== null && typeof pair === 'object' && typeof pair[Symbol.iterator] === 'function' ? [...pair] : [];
    if (list.length !== 2) {
      throw coded(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
    }
    return [text(list[0]), text(list[1])];
  }

  function parsed(input, base) {
    const parts = natives.parse(input, base);
    if (parts != null) return parts;
    const error = plain(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    error.input = input;
    if (base !== undefined) error.base = base;
    throw error;
  }

  /** The setter's error prints its code, the constructor's does not: so Node. */
  function parsedHref(href) {
    const parts = natives.parse(href);
    if (parts != null) return parts;
    const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    error.input = href;
    throw error;
  }

  class URL {
    #parts;
    #params = null;

    static {
      updateSearch = (url, query) => { url.#parts = natives.set(url.#parts[HREF], 'search', query); };
    }

    constructor(url, base = undefined) {
      if (arguments.length === 0) missing(1, ['url']);
      this.#parts = parsed(text(url), base === undefined ? undefined : text(base));
    }

    static canParse(url, base = undefined) {
      if (arguments.length === 0) missing(1, ['url']);
      return natives.parse(text(url), base === undefined ? undefined : text(base)) != null;
    }

    toString() { return this.#parts[HREF]; }

    get href() { return this.#parts[HREF]; }
    set href(value) { this.#replace(parsedHref(text(value))); }
    get origin() { return this.#parts[ORIGIN]; }
    get protocol() { return this.#parts[PROTOCOL]; }
    set protocol(value) { this.#set('protocol', value); }
    get username() { return this.#parts[USERNAME]; }
    set username(value) { this.#set('username', value); }
    get password() { return this.#parts[PASSWORD]; }
    set password(value) { this.#set('password', value); }
    get host() { return this.#parts[HOST]; }
    set host(value) { this.#set('host', value); }
    get hostname() { return this.#parts[HOSTNAME]; }
    set hostname(value) { this.#set('hostname', value); }
    get port() { return this.#parts[PORT]; }
    set port(value) { this.#set('port', value); }
    get pathname() { return this.#parts[PATHNAME]; }
    set pathname(value) { this.#set('pathname', value); }
    get search() { return this.#parts[SEARCH]; }
    set search(value) { this.#set('search', value); }

    get searchParams() {
      if (this.#params === null) {
        this.#params = new URLSearchParams(this.#parts[SEARCH]);
        connect(this.#params, this);
      }
      return this.#params;
    }

    get hash() { return this.#parts[HASH]; }
    set hash(value) { this.#set('hash', value); }
    toJSON() { return this.#parts[HREF]; }

    #set(name, value) { this.#replace(natives.set(this.#parts[HREF], name, text(value))); }

    #replace(parts) {
      const searchChanged = parts[SEARCH] !== this.#parts[SEARCH];
      this.#parts = parts;
      if (searchChanged && this.#params !== null) replace(this.#params, parts[SEARCH]);
    }
  }
  finish(URL, 'URL');

  /** The standard's interfaces have a string tag and enumerable members. */
  function finish(Class, name) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { configurable: true, value: name });
    for (const key of Object.getOwnPropertyNames(Class.prototype)) {
      if (key !== 'constructor') Object.defineProperty(Class.prototype, key, { enumerable: true });
    }
  }

  return { URL, URLSearchParams };
})
