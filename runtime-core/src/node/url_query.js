// Node's `querystring` as far as `url.parse` and `url.format` use it.
(function (builtins) {
  'use strict';
  const { Array, Object, String, decodeURIComponent, encodeURIComponent } = builtins;

  /** Node's parser takes no more pairs than this. */
  const MAX_PAIRS = 1000;

  function decoded(text) {
    const spaced = text.replace(/\+/g, ' ');
    try {
      return decodeURIComponent(spaced);
    } catch {
      return decodedRuns(spaced);
    }
  }

  /** What is no UTF-8 becomes replacement characters; what is no escape stays. */
  function decodedRuns(text) {
    return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return '\ufffd'.repeat(run.length / 3);
      }
    });
  }

  function parse(query) {
    const result = Object.create(null);
    for (const part of query.split('&').slice(0, MAX_PAIRS)) {
      if (part === '') continue;
      const at = part.indexOf('=');
      const key = decoded(at < 0 ? part : part.slice(0, at));
      const value = at < 0 ? '' : decoded(part.slice(at + 1));
      if (!(key in result)) result[key] = value;
      else if (Array.isArray(result[key])) result[key].push(value);
      else result[key] = [result[key], value];
    }
    return result;
  }

  function primitive(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return builtins.Number.isFinite(value) ? String(value) : '';
    return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
  }

  function stringify(query) {
    const pairs = [];
    for (const key of Object.keys(query)) {
      for (const value of Array.isArray(query[key]) ? query[key] : [query[key]]) {
        pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(primitive(value))}`);
      }
    }
    return pairs.join('&');
  }

  return { parse, stringify };
})
