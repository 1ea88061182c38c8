// `util`: the npm package, with what came to Node after it.

const util = require('util/');

const custom = Symbol.for('nodejs.util.inspect.custom');
util.inspect.custom ??= custom;
util.promisify.custom ??= Symbol.for('nodejs.util.promisify.custom');

const { inspect } = util;

Object.assign(util, {
  TextEncoder,
  TextDecoder,
  debug: util.debuglog,
  isDeepStrictEqual(one, other) {
    try {
      require('assert').deepStrictEqual(one, other);
      return true;
    } catch {
      return false;
    }
  },
  stripVTControlCharacters: (text) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
  toUSVString: (text) => `${text}`.toWellFormed(),
  aborted: (signal) => new Promise((resolve) => { signal.addEventListener('abort', resolve, { once: true }); }),
  formatWithOptions: (_options, ...args) => util.format(...args),
});
inspect.defaultOptions ??= {};

// NODE_DEBUG is a variable of the environment, which is empty.
util.debuglog = () => Object.assign(() => {}, { enabled: false });
util.debug = util.debuglog;

// Without a tracker of deprecations: nobody who runs an app can act on a package's.
util.deprecate = (callback) => callback;

module.exports = util;
