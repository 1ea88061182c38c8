// Node's older way to resolve one address against another. It is not the WHATWG one: nothing is escaped or left out, a scheme
// need not be known, and two relative paths give a relative path.
(function (builtins) {
  'use strict';
  const { Object } = builtins;

  const SLASHED = /^(?:https?|ftp|gopher|file|wss?):?$/;

  function segments(pathname) {
    return pathname ? pathname.split('/') : [];
  }

  function isAbsolute(path) {
    return path.length > 0 && (path[0] === '' || path[0][0] === '/');
  }

  function finish(result, path) {
    result.pathname = path.length > 0 ? path.join('/') : null;
    if (path.length === 0) result.path = null;
    if (result.pathname !== null || result.search !== null) result.path = (result.pathname || '') + (result.search || '');
    result.href = result.format();
    return result;
  }

  function takeQuery(result, target) {
    result.search = target.search;
    result.query = target.query;
  }

  /** `//host/path`: everything but the scheme is the target's. */
  function withHost(result, target) {
    for (const key of Object.keys(target)) if (key !== 'protocol') result[key] = target[key];
    if (SLASHED.test(result.protocol || '') && result.hostname && !result.pathname) result.path = result.pathname = '/';
    result.href = result.format();
    return result;
  }

  /** Another scheme: nothing of the base is left but that it has slashes. `http:/a` is the host `a`. */
  function withScheme(result, target) {
    if (!SLASHED.test(target.protocol)) {
      Object.assign(result, target);
      result.href = result.format();
      return result;
    }
    let { pathname, host, hostname } = target;
    if (!host && !/^file:?$/.test(target.protocol)) {
      const path = (pathname || '').split('/');
      while (path.length > 0 && !host) host = path.shift();
      host = host || '';
      hostname = hostname || host;
      if (path[0] !== '') path.unshift('');
      if (path.length < 2) path.unshift('');
      pathname = path.join('/');
    }
    Object.assign(result, { protocol: target.protocol, pathname, host: host || '', hostname: hostname || host, auth: target.auth, port: target.port });
    takeQuery(result, target);
    if (result.pathname || result.search) result.path = (result.pathname || '') + (result.search || '');
    result.slashes = result.slashes || target.slashes;
    result.href = result.format();
    return result;
  }

  /** Without `.`, and without `..` and what it takes back; gives how many `..` were left over. */
  function normalize(path) {
    let up = 0;
    for (let i = path.length - 1; i >= 0; i--) {
      if (path[i] === '.') path.splice(i, 1);
      else if (path[i] === '..') {
        path.splice(i, 1);
        up++;
      } else if (up > 0) {
        path.splice(i, 1);
        up--;
      }
    }
    return up;
  }

  /** A host as first segment of the path: what a scheme without slashes has. */
  function lowered(path, host) {
    if (!host) return;
    if (path[0] === '') path[0] = host;
    else path.unshift(host);
  }

  function takeHost(result, host) {
    result.hostname = result.host = host;
    const at = host ? host.indexOf('@') : -1;
    if (at > 0) {
      result.auth = host.slice(0, at);
      result.host = result.hostname = host.slice(at + 1);
    }
  }

  /** The path of `target` on that of the base, both as segments; undefined where only the query changes. */
  function joined(result, target, { base, added, absolute, slashless }) {
    if (absolute) {
      if (target.host || target.host === '') {
        if (result.host !== target.host) result.auth = null;
        result.host = target.host;
        result.port = target.port;
      }
      if (target.hostname || target.hostname === '') {
        if (result.hostname !== target.hostname) result.auth = null;
        result.hostname = target.hostname;
      }
      takeQuery(result, target);
      return added;
    }
    if (added.length > 0) {
      takeQuery(result, target);
      return [...base.slice(0, -1), ...added];
    }
    if (target.search === null || target.search === undefined) return base;
    if (slashless) takeHost(result, base.shift());
    takeQuery(result, target);
    if (result.pathname !== null || result.search !== null) result.path = (result.pathname || '') + (result.search || '');
    result.href = result.format();
    return undefined;
  }

  /** `result` is a copy of the base; both are parsed addresses. */
  function resolve(result, parsedTarget) {
    const target = Object.assign(Object.create(Object.getPrototypeOf(parsedTarget)), parsedTarget);
    result.hash = target.hash;
    if (target.href === '') {
      result.href = result.format();
      return result;
    }
    if (target.slashes && !target.protocol) return withHost(result, target);
    if (target.protocol && target.protocol !== result.protocol) return withScheme(result, target);
    return onPath(result, target);
  }

  function onPath(result, target) {
    const fromRoot = Boolean(result.pathname) && result.pathname[0] === '/';
    const absolute = Boolean(target.host || (target.pathname && target.pathname[0] === '/'));
    let endsAbsolute = absolute || fromRoot || Boolean(result.host && target.pathname);
    const keepsNoDots = endsAbsolute;
    const slashless = Boolean(result.protocol) && !SLASHED.test(result.protocol);
    const [base, added] = [segments(result.pathname), segments(target.pathname)];
    if (slashless) {
      result.hostname = '';
      result.port = null;
      lowered(base, result.host);
      result.host = '';
      if (target.protocol) {
        target.hostname = target.port = result.auth = null;
        lowered(added, target.host);
        target.host = null;
      }
      endsAbsolute = endsAbsolute && (added[0] === '' || base[0] === '');
    }
    const path = joined(result, target, { base, added, absolute, slashless });
    if (path === undefined) return result;
    if (path.length === 0) {
      result.pathname = null;
      result.path = result.search ? `/${result.search}` : null;
      result.href = result.format();
      return result;
    }
    return settle(result, target, { path, endsAbsolute, keepsNoDots, slashless });
  }

  function settle(result, target, { path, endsAbsolute, keepsNoDots, slashless }) {
    const last = path[path.length - 1];
    const dots = last === '.' || last === '..';
    const slashAtEnd = last === '' || (dots && Boolean(result.host || target.host || path.length > 1));
    for (let up = normalize(path); up > 0 && !endsAbsolute && !keepsNoDots; up--) path.unshift('..');
    if (endsAbsolute && !isAbsolute(path)) path.unshift('');
    if (slashAtEnd && !path.join('/').endsWith('/')) path.push('');
    const rooted = isAbsolute(path);
    if (slashless) takeHost(result, rooted ? '' : path.shift() || '');
    if ((endsAbsolute || (result.host && path.length > 0)) && !rooted) path.unshift('');
    result.auth = target.auth || result.auth;
    result.slashes = result.slashes || target.slashes;
    return finish(result, path);
  }

  return { resolve };
})
