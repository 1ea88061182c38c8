// The import `url`: the WHATWG classes, and Node's older parse, format and resolve.
(function (builtins, natives, load) {
  'use strict';
  const { Object, String, TypeError, decodeURIComponent, encodeURIComponent } = builtins;
  const { coded, invalidType } = load('node/errors');
  const { URL, URLSearchParams } = load('node/url');
  const query = load('node/url_query');

  const SLASHED = /^(?:https?|ftp|gopher|file|wss?):?$/;
  const ESCAPED = /[\t\n\r "'<>\\^`{|}]/g;
  const FIELDS = [
    'protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href',
  ];

  function Url() {
    for (const field of FIELDS) this[field] = null;
  }

  Url.prototype.format = function () { return formatParts(this); };
  Url.prototype.parse = function (text, parseQueryString, slashesDenoteHost) {
    Object.assign(this, parse(text, parseQueryString, slashesDenoteHost));
    return this;
  };
  Url.prototype.resolve = function (relative) {
    return this.resolveObject(parse(relative, false, true)).format();
  };
  Url.prototype.resolveObject = function (relative) {
    const target = typeof relative === 'string' ? parse(relative, false, true) : relative;
    return load('imports/url_resolve').resolve(Object.assign(new Url(), this), target);
  };

  function escapeCharacter(character) {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }

  /** Where the authority ends: `host` is what is left of it, `rest` what comes after, `auth` undefined without an `@`. */
  function splitAuthority(text) {
    const end = text.search(/[/?#]/);
    const authority = end < 0 ? text : text.slice(0, end);
    const at = authority.lastIndexOf('@');
    const afterAuth = text.slice(at + 1);
    const stop = afterAuth.search(/[\t\n\r "%';<>\\^`{|}/?#]/);
    return {
      auth: at < 0 ? undefined : text.slice(0, at),
      host: stop < 0 ? afterAuth : afterAuth.slice(0, stop),
      rest: stop < 0 ? '' : afterAuth.slice(stop),
    };
  }

  function decodedAuth(auth) {
    try {
      return decodeURIComponent(auth);
    } catch {
      throw new builtins.URIError('URI malformed');
    }
  }

  /** Fills in auth, host, port, hostname, and gives the text after them. */
  function parseAuthority(url, text, input) {
    const split = splitAuthority(text);
    let { host, rest } = split;
    if (split.auth !== undefined) url.auth = decodedAuth(split.auth);
    const port = /:([0-9]*)$/.exec(host);
    if (port !== null) {
      if (port[1] !== '') url.port = port[1];
      host = host.slice(0, port.index);
    }
    const ipv6 = host.startsWith('[') && host.endsWith(']');
    if (!ipv6) {
      const bad = host.search(/[^a-zA-Z0-9.\-+_[\]\u0080-\uffff]/);
      if (bad >= 0) {
        rest = `/${host.slice(bad)}${rest}`;
        host = host.slice(0, bad);
      }
    }
    if (!ipv6 && /[[\]]/.test(host)) throw invalidUrl(input);
    host = host.length > 255 ? '' : host.toLowerCase();
    if (/[^\x00-\x7f]/.test(host)) host = asciiHost(host, input);
    url.host = host + (url.port === null ? '' : `:${url.port}`);
    url.hostname = ipv6 ? host.slice(1, -1) : host;
    return ipv6 && rest[0] !== '/' ? `/${rest}` : rest;
  }

  function asciiHost(host, input) {
    const ascii = natives.domainToAscii(host.toWellFormed());
    if (ascii !== '') return ascii;
    throw invalidUrl(input);
  }

  function invalidUrl(input) {
    const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    error.input = input;
    return error;
  }

  function parsePath(url, text, parseQueryString) {
    const hashAt = text.indexOf('#');
    const beforeHash = hashAt < 0 ? text : text.slice(0, hashAt);
    const queryAt = beforeHash.indexOf('?');
    if (hashAt >= 0) url.hash = text.slice(hashAt);
    if (queryAt >= 0) {
      url.search = beforeHash.slice(queryAt);
      url.query = url.search.slice(1);
      if (parseQueryString) url.query = query.parse(url.query);
    } else if (parseQueryString) {
      url.search = null;
      url.query = Object.create(null);
    }
    const pathname = queryAt < 0 ? beforeHash : beforeHash.slice(0, queryAt);
    if (pathname !== '') url.pathname = pathname;
  }

  /** A path with at most a query is taken as it is, with nothing escaped. */
  function plainPath(url, [path, pathname, search], parseQueryString) {
    url.path = url.href = path;
    url.pathname = pathname;
    if (search !== undefined) {
      url.search = search;
      url.query = parseQueryString ? query.parse(search.slice(1)) : search.slice(1);
    } else if (parseQueryString) {
      url.query = Object.create(null);
    }
    return url;
  }

  function parse(input, parseQueryString, slashesDenoteHost) {
    if (input instanceof Url) return input;
    if (typeof input !== 'string') throw invalidType('The "url" argument', 'of type string', input);
    const url = new Url();
    const question = input.indexOf('?');
    const straight = (part) => part.replace(/\\/g, '/');
    let rest = (question < 0 ? straight(input) : straight(input.slice(0, question)) + input.slice(question)).trim();
    const plain = slashesDenoteHost || /[#@]/.test(input) ? null : /^(\/\/?(?!\/)[^?\s]*)(\?\S*)?$/.exec(rest);
    if (plain !== null) return plainPath(url, plain, parseQueryString);
    const scheme = /^[a-z0-9.+-]+:/i.exec(rest);
    let protocol = '';
    if (scheme !== null) {
      protocol = scheme[0].toLowerCase();
      url.protocol = protocol;
      rest = rest.slice(protocol.length);
    }
    const hostless = protocol === 'javascript:';
    if ((slashesDenoteHost || scheme !== null || /^\/\/[^@/]+@[^@/]+/.test(rest)) && rest.startsWith('//') && !hostless) {
      rest = rest.slice(2);
      url.slashes = true;
    }
    // Of the scheme as written: `HTTP:a.b` has a host in Node, `http:a.b` has none.
    if (!hostless && (url.slashes || (scheme !== null && !SLASHED.test(scheme[0])))) rest = parseAuthority(url, rest, input);
    if (!hostless) rest = rest.replace(ESCAPED, escapeCharacter);
    parsePath(url, rest, parseQueryString);
    if (SLASHED.test(protocol) && url.hostname && !url.pathname) url.pathname = '/';
    if (url.pathname || url.search) url.path = (url.pathname || '') + (url.search || '');
    url.href = formatParts(url);
    return url;
  }

  function formatHost(parts) {
    const auth = parts.auth ? `${encodeURIComponent(parts.auth).replace(/%3A/gi, ':')}@` : '';
    if (parts.host) return auth + parts.host;
    if (!parts.hostname) return '';
    const bare = parts.hostname.includes(':') && !parts.hostname.startsWith('[');
    return auth + (bare ? `[${parts.hostname}]` : parts.hostname) + (parts.port ? `:${parts.port}` : '');
  }

  function formatParts(parts) {
    let protocol = parts.protocol || '';
    let pathname = (parts.pathname || '').replace(/[?#]/g, escapeCharacter);
    let host = formatHost(parts);
    const queried = parts.query !== null && typeof parts.query === 'object' ? query.stringify(parts.query) : '';
    let search = String(parts.search || (queried && `?${queried}`) || '');
    let hash = parts.hash || '';
    if (protocol && !protocol.endsWith(':')) protocol += ':';
    if (parts.slashes || SLASHED.test(protocol)) {
      if (parts.slashes || host) {
        if (pathname && pathname[0] !== '/') pathname = `/${pathname}`;
        host = `//${host}`;
      } else if (protocol.startsWith('file')) {
        host = '//';
      }
    }
    search = search.replace(/#/g, '%23');
    if (hash && hash[0] !== '#') hash = `#${hash}`;
    if (search && search[0] !== '?') search = `?${search}`;
    return protocol + host + pathname + search + hash;
  }

  function formatUrl(url, options) {
    if (options !== undefined && options !== null && typeof options !== 'object') {
      throw invalidType('The "options" argument', 'of type object', options);
    }
    const { fragment = true, search = true, auth = true, unicode = false } = options || {};
    const shown = new URL(url.href);
    if (!fragment) shown.hash = '';
    if (!search) shown.search = '';
    if (!auth) shown.username = shown.password = '';
    if (!unicode || shown.hostname === '') return shown.href;
    return shown.href.replace(shown.hostname, natives.domainToUnicode(shown.hostname));
  }

  function format(value, options) {
    if (typeof value === 'string') return parse(value).format();
    if (value === null || typeof value !== 'object') {
      throw invalidType('The "urlObject" argument', 'one of type object or string', value);
    }
    return value instanceof URL ? formatUrl(value, options) : formatParts(value);
  }

  function resolve(from, to) {
    return parse(from, false, true).resolve(to);
  }

  function needed(given, name) {
    if (given.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`);
  }

  /** Of POSIX paths. What a URL's parser takes for something else is escaped, the rest it escapes itself. */
  function pathToFileURL(path) {
    if (typeof path !== 'string') throw invalidType('The "path" argument', 'of type string', path);
    const segments = [];
    for (const segment of path.split('/')) {
      if (segment === '..') segments.pop();
      else if (segment !== '' && segment !== '.') segments.push(segment);
    }
    const escaped = segments.join('/').replace(/[%\\\n\r\t?#]/g, escapeCharacter);
    return new URL(`file:///${escaped}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`);
  }

  function fileURLToPath(path) {
    const url = typeof path === 'string' ? new URL(path) : path;
    if (!(url instanceof URL)) throw invalidType('The "path" argument', 'of type string or an instance of URL', path);
    if (url.protocol !== 'file:') throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
    if (url.hostname !== '') {
      throw coded(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
    }
    if (/%2f/i.test(url.pathname)) {
      throw coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
    }
    return decodeURIComponent(url.pathname);
  }

  /** What `http.request` takes for a URL. */
  function urlToHttpOptions(url) {
    const { protocol, hostname, hash, search, pathname, href, port, username, password } = url;
    const options = Object.assign(Object.create(null), url, {
      protocol,
      hostname: hostname && hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
      hash,
      search,
      pathname,
      path: `${pathname || ''}${search || ''}`,
      href,
    });
    if (port !== '') options.port = builtins.Number(port);
    if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return options;
  }

  function resolveObject(from, to) {
    return from ? parse(from, false, true).resolveObject(to) : to;
  }

  return {
    Url,
    parse,
    resolve,
    resolveObject,
    format,
    URL,
    URLSearchParams,
    domainToASCII(domain) {
      needed(arguments, 'domain');
      return natives.domainToAscii(`${domain}`.toWellFormed());
    },
    domainToUnicode(domain) {
      needed(arguments, 'domain');
      return natives.domainToUnicode(`${domain}`.toWellFormed());
    },
    pathToFileURL,
    fileURLToPath,
    urlToHttpOptions,
  };
})
