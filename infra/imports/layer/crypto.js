// `crypto`: the core's, whose objects are streams too here.

const core = require('hedgerow:imports/crypto');

/** What makes one of the core's objects a stream as well: how it takes bytes, and what it gives at the end. */
const KINDS = {
  createHash: { write: (native, chunk) => { native.update(chunk); }, end: (native) => native.digest() },
  createHmac: { write: (native, chunk) => { native.update(chunk); }, end: (native) => native.digest() },
  createSign: { write: (native, chunk) => { native.update(chunk); } },
  createVerify: { write: (native, chunk) => { native.update(chunk); } },
  createCipheriv: { write: (native, chunk) => native.update(chunk), end: (native) => native.final() },
  createDecipheriv: { write: (native, chunk) => native.update(chunk), end: (native) => native.final() },
};

let streamMembers;

/** The names of all that a stream can do, so that an object can hand them on to a stream that is made when first needed. */
function membersOfStreams() {
  if (streamMembers) return streamMembers;
  streamMembers = new Set();
  for (let level = require('stream').Transform.prototype; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) if (name !== 'constructor') streamMembers.add(name);
  }
  return streamMembers;
}

function streaming(native, { write, end }) {
  let stream;
  const open = () => {
    if (stream) return stream;
    const { Transform } = require('stream');
    stream = new Transform({
      transform(chunk, _encoding, callback) {
        try { callback(null, write(native, chunk)); } catch (error) { callback(error); }
      },
      flush(callback) {
        try { callback(null, end?.(native)); } catch (error) { callback(error); }
      },
    });
    return stream;
  };
  const self = new Proxy(native, {
    get(target, member) {
      if (member in target) {
        const value = target[member];
        // A method that gives its own object gives the stream.
        return typeof value === 'function' ? (...args) => { const given = value.apply(target, args); return given === target ? self : given; } : value;
      }
      if (typeof member === 'symbol' && member !== Symbol.asyncIterator) return undefined;
      if (!membersOfStreams().has(member) && member !== '_writableState' && member !== '_readableState' && !stream) return undefined;
      const value = open()[member];
      return typeof value === 'function' ? (...args) => { const given = value.apply(stream, args); return given === stream ? self : given; } : value;
    },
    has: (target, member) => member in target || membersOfStreams().has(member),
  });
  return self;
}

function streamed(name) {
  return (...args) => {
    const handlers = KINDS[name];
    const native = core[name](...args);
    return streaming(native, handlers);
  };
}

const CALLING_BACK = new Set(['generateKey', 'generateKeyPair', 'hkdf', 'pbkdf2', 'randomBytes', 'randomFill', 'randomInt', 'scrypt', 'sign', 'verify']);

/** A function that may call back, so that what the callback throws is not lost (process.js). */
function byTick(start) {
  return (...args) => start(...args.map((one) => (typeof one === 'function' ? (...results) => process.nextTick(one, ...results) : one)));
}

function getRandomValues(array) {
  return core.getRandomValues(array);
}

const crypto = {};
for (const name of Object.keys(core)) {
  // Read when used: the core evaluates a part of itself when a member of it is first read.
  Object.defineProperty(crypto, name, {
    configurable: true,
    enumerable: true,
    get() { return settle(name, name in KINDS ? streamed(name) : CALLING_BACK.has(name) ? byTick(core[name]) : core[name]); },
    set(value) { settle(name, value); },
  });
}

function settle(name, value) {
  Object.defineProperty(crypto, name, { value, writable: true, configurable: true, enumerable: true });
  return value;
}

settle('webcrypto', { getRandomValues, subtle: undefined });
module.exports = crypto;
