// The import `@posthog/plugin-contrib`: `createBuffer`, as version 0.0.5 behaves.
(function (builtins, natives) {
  'use strict';

  /**
   * Collects objects until their points pass `limit` or `timeoutSeconds` have gone by since the first, then hands them to
   * `onFlush(objects, points)`. An object that would pass the limit flushes what was there first; one that passes it alone
   * goes out alone. The names with an underscore are the package's: apps have been seen to read them.
   */
  function createBuffer(options) {
    const buffer = {
      _buffer: [],
      _timeout: null,
      _points: 0,
      _options: { limit: 10, timeoutSeconds: 60, ...options },

      add(object, points = 1) {
        const { limit, timeoutSeconds } = buffer._options;
        if (buffer._points && buffer._points + points > limit) buffer.flush();
        buffer._points += points;
        buffer._buffer.push(object);
        if (buffer._points > limit) buffer.flush();
        else if (!buffer._timeout) buffer._timeout = setTimer(() => buffer.flush(), timeoutSeconds * 1000);
      },

      async flush() {
        if (buffer._timeout) {
          clearTimer(buffer._timeout);
          buffer._timeout = null;
        }
        const { _buffer: objects, _points: points } = buffer;
        if (objects.length === 0 && points === 0) return;
        buffer._buffer = [];
        buffer._points = 0;
        const { onFlush } = buffer._options;
        if (onFlush) await onFlush(objects, points);
      },
    };
    return buffer;
  }

  function setTimer(callback, milliseconds) {
    const set = natives.hostFunction('setTimer');
    return set === undefined ? null : set(callback, milliseconds);
  }

  function clearTimer(id) {
    const clear = natives.hostFunction('clearTimer');
    if (clear !== undefined) clear(id);
  }

  return { createBuffer };
})
