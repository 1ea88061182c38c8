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

/** The names of Linux's error numbers, which Node gives with a minus. */
const ERRORS = {
  1: 'EPERM', 2: 'ENOENT', 4: 'EINTR', 5: 'EIO', 9: 'EBADF', 11: 'EAGAIN', 12: 'ENOMEM', 13: 'EACCES', 17: 'EEXIST', 22: 'EINVAL', 23: 'ENFILE',
  24: 'EMFILE', 30: 'EROFS', 32: 'EPIPE', 71: 'EPROTO', 97: 'EAFNOSUPPORT', 98: 'EADDRINUSE', 99: 'EADDRNOTAVAIL', 100: 'ENETDOWN', 101: 'ENETUNREACH',
  103: 'ECONNABORTED', 104: 'ECONNRESET', 107: 'ENOTCONN', 110: 'ETIMEDOUT', 111: 'ECONNREFUSED', 112: 'EHOSTDOWN', 113: 'EHOSTUNREACH', 3008: 'ENOTFOUND',
};
util.getSystemErrorName = (number) => ERRORS[-number] ?? `Unknown system error ${number}`;

// NODE_DEBUG is a variable of the environment, which is empty.
util.debuglog = () => Object.assign(() => {}, { enabled: false });
util.debug = util.debuglog;

// Without a tracker of deprecations: nobody who runs an app can act on a package's.
util.deprecate = (callback) => callback;

module.exports = util;
