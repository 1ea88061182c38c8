// The import `node-fetch` and the global `fetch`: the surface of node-fetch version 2 over a function of the host.
//
// The host's function takes one request and gives the promise of a response's head:
//
//   request = { method, url, headers: [[name, value]], body: Uint8Array | null, contentType: string | null (what the body
//               implies, already among the headers unless the app named one), timeout, size (0 = none), redirect, follow,
//               compress, args: [url, init] as the app passed them }
//   head    = { url, status, statusText, headers: [[name, value]], redirected, readBody: () => Promise<Uint8Array> }
//
// It rejects, as readBody does, with { name: 'FetchError', message, type, code } for what node-fetch reports as a FetchError.
// `url` is as the app wrote it: whether it may be reached is the host's to say (behaviour.md b.8).
(function (builtins, natives, load) {
  'use strict';
  const { Error, Object, Promise, Symbol, TypeError } = builtins;
  const { URL } = load('node/url');
  const { Headers, received, pairsOf } = load('imports/node_fetch_headers');
  const {
    Body, Blob, share, FetchError, AbortError, impliedContentType, toBuffer, toError,
  } = load('imports/node_fetch_body');
  const STATUS_TEXTS = load('imports/node_fetch_statuses');

  const DEFAULT_FOLLOW = 20;

  /** How `fetch` makes the Response of a head: a body that is read later. */
  class Unread {
    constructor(read) { this.read = read; }
  }

  class Response extends Body {
    #state;

    constructor(body = null, options = {}) {
      super(body instanceof Unread ? body.read : toBuffer(body), options);
      const headers = new Headers(options.headers);
      if (body !== null && !(body instanceof Unread) && !headers.has('Content-Type')) {
        const contentType = impliedContentType(body);
        if (contentType) headers.append('Content-Type', contentType);
      }
      const status = options.status || 200;
      const statusText = options.statusText || STATUS_TEXTS[status];
      this.#state = { url: options.url || '', status, statusText, headers, counter: options.counter || 0 };
    }

    get url() { return this.#state.url; }
    get status() { return this.#state.status; }
    get ok() { return this.status >= 200 && this.status < 300; }
    get redirected() { return this.#state.counter > 0; }
    get statusText() { return this.#state.statusText; }
    get headers() { return this.#state.headers; }

    clone() {
      const source = share(this);
      const body = typeof source === 'function' ? new Unread(source) : source;
      const { url, status, statusText, headers, size, timeout } = this;
      return new Response(body, { url, status, statusText, headers, size, timeout, counter: this.#state.counter });
    }
  }

  function isRequest(value) {
    return value instanceof Request;
  }

  function checkSignal(signal) {
    if (signal == null) return null;
    const prototype = typeof signal === 'object' && Object.getPrototypeOf(signal);
    if (prototype && prototype.constructor.name === 'AbortSignal') return signal;
    throw new TypeError('Expected signal to be an instanceof AbortSignal');
  }

  /** The text of what an app passes as a URL: a string as it is, an object by its `href`. */
  function urlText(input) {
    return input && input.href ? `${input.href}` : `${input}`;
  }

  function given(name, init, input, ifAbsent) {
    if (init[name] !== undefined) return init[name];
    return input !== null && input[name] !== undefined ? input[name] : ifAbsent;
  }

  /** Set inside the class: what the host's function is given. */
  let toHost;

  class Request extends Body {
    #state;

    static {
      toHost = (request, args) => {
        const { method, headers, contentType, redirect, url } = request.#state;
        const { body, timeout, size, follow } = request;
        const compress = !!request.compress;
        return { method, url, headers: pairsOf(headers), body, contentType, timeout, size, redirect, follow, compress, args };
      };
    }

    constructor(input, options = {}) {
      const init = options === null ? {} : options;
      const source = isRequest(input) ? input : null;
      const method = `${init.method || (source && source.method) || 'GET'}`.toUpperCase();
      if ((init.body != null || (source !== null && source.body !== null)) && (method === 'GET' || method === 'HEAD')) {
        throw new TypeError('Request with GET/HEAD method cannot have body');
      }
      const inherited = init.body == null && source !== null ? share(source) : null;
      super(init.body == null ? inherited : toBuffer(init.body), {
        timeout: init.timeout || (source && source.timeout) || 0,
        size: init.size || (source && source.size) || 0,
      });
      const headers = new Headers(init.headers || (source && source.headers) || {});
      const contentType = impliedContentType(init.body);
      if (contentType && !headers.has('Content-Type')) headers.append('Content-Type', contentType);
      this.#state = {
        method,
        headers,
        contentType,
        url: source === null ? urlText(input) : source.#state.url,
        redirect: init.redirect || (source && source.redirect) || 'follow',
        signal: checkSignal('signal' in init ? init.signal : source && source.signal),
      };
      this.follow = given('follow', init, source, DEFAULT_FOLLOW);
      this.compress = given('compress', init, source, true);
      this.counter = init.counter || (source && source.counter) || 0;
      this.agent = init.agent || (source && source.agent);
    }

    get method() { return this.#state.method; }
    get headers() { return this.#state.headers; }
    get redirect() { return this.#state.redirect; }
    get signal() { return this.#state.signal; }

    get url() {
      const text = this.#state.url;
      return URL.canParse(text) ? new URL(text).href : text;
    }

    clone() { return new Request(this); }
  }

  for (const [Class, name] of [[Response, 'Response'], [Request, 'Request']]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { configurable: true, value: name });
  }

  function toResponse(head, request) {
    const { url, status, statusText } = head;
    const read = () => head.readBody().catch((reason) => { throw toError(reason); });
    const { size, timeout } = request;
    const counter = head.redirected ? 1 : 0;
    return new Response(new Unread(read), { url, status, statusText, headers: received(head.headers), size, timeout, counter });
  }

  /** Rejects when the signal says so, however far the request is. */
  function whenAborted(signal) {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new AbortError('The user aborted a request.')));
    });
  }

  /** A `fetch` over the function that `native` gives at each call. */
  function createFetch(native) {
    return function fetch(url, init) {
      return new Promise((resolve, reject) => {
        const request = new Request(url, init);
        const send = native();
        if (send === undefined) throw new Error('fetch is not available here');
        const { signal } = request;
        if (signal !== null && signal.aborted) throw new AbortError('The user aborted a request.');
        const args = init === undefined ? [url] : [url, init];
        const answer = Promise.resolve(send(toHost(request, args))).then(
          (head) => toResponse(head, request),
          (reason) => { throw toError(reason); },
        );
        (signal === null ? answer : Promise.race([answer, whenAborted(signal)])).then(resolve, reject);
      });
    };
  }

  const fetch = createFetch(() => natives.hostFunction('fetch'));
  function isRedirect(code) {
    return code === 301 || code === 302 || code === 303 || code === 307 || code === 308;
  }
  Object.assign(fetch, { default: fetch, isRedirect, Promise, Headers, Request, Response, Blob, FetchError, AbortError });
  Object.defineProperty(fetch, '__esModule', { value: true });

  return { fetch, fetchOver(send) { return createFetch(() => send); } };
})
