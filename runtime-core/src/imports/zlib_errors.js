// What the natives of `zlib` throw, as Node has it.
(function (builtins, natives, load) {
  'use strict';
  const { RangeError } = builtins;
  const { coded } = load('node/errors');

  /** An output that is too large is a RangeError there. */
  function failed(error) {
    return error.code === 'ERR_BUFFER_TOO_LARGE' ? coded(RangeError, error.code, error.message) : error;
  }

  return { failed };
})
