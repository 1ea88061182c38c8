// `timers`. Each timer is one of the host; its callback runs in a promise reaction, so that what it throws fails the call that set it.

/** Not at the top: a package that never sets a timer needs none. */
const startTimer = (milliseconds) => require('hedgerow:node/binding').startTimer(milliseconds);

/** Node's own bounds: less than 1 ms, or more than a 32-bit number holds, is 1 ms. */
function bounded(milliseconds) {
  const number = Number(milliseconds);
  return number >= 1 && number <= 0x7fffffff ? Math.trunc(number) : 1;
}

const byId = new Map();
let lastId = 0;

class Timeout {
  #callback;
  #args;
  #repeats;
  #milliseconds;
  #native = null;
  #isRef = true;
  #id = null;

  constructor(callback, milliseconds, args, repeats) {
    if (typeof callback !== 'function') {
      throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    this.#callback = callback;
    this.#args = args;
    this.#repeats = repeats;
    this.#milliseconds = milliseconds;
    this.#start();
  }

  #start() {
    const native = startTimer(this.#milliseconds);
    if (!this.#isRef) native.unref();
    this.#native = native;
    native.done.then(() => {
      if (this.#native !== native) return;
      this.#native = null;
      if (this.#repeats) this.#start();
      else this.#forget();
      this.#callback(...this.#args);
    });
  }

  #forget() {
    if (this.#id !== null) byId.delete(this.#id);
  }

  ref() { this.#isRef = true; this.#native?.ref(); return this; }
  unref() { this.#isRef = false; this.#native?.unref(); return this; }
  hasRef() { return this.#isRef; }
  refresh() { if (this.#native) { this.#native.cancel(); this.#start(); } return this; }

  close() {
    this.#native?.cancel();
    this.#native = null;
    this.#forget();
    return this;
  }

  /** The number that stands for it, for those who keep one. */
  [Symbol.toPrimitive]() {
    if (this.#id === null) {
      lastId += 1;
      this.#id = lastId;
      byId.set(lastId, this);
    }
    return this.#id;
  }

  [Symbol.dispose ?? Symbol.for('dispose')]() { this.close(); }
}

class Immediate extends Timeout {}

function clear(timer) {
  if (timer instanceof Timeout) timer.close();
  else if (typeof timer === 'number' || typeof timer === 'string') byId.get(Number(timer))?.close();
}

const setTimeout = (callback, milliseconds, ...args) => new Timeout(callback, bounded(milliseconds), args, false);
const setInterval = (callback, milliseconds, ...args) => new Timeout(callback, bounded(milliseconds), args, true);
const setImmediate = (callback, ...args) => new Immediate(callback, 0, args, false);

const custom = Symbol.for('nodejs.util.promisify.custom');
setTimeout[custom] = (milliseconds, value) => new Promise((resolve) => { setTimeout(resolve, milliseconds, value); });
setImmediate[custom] = (value) => new Promise((resolve) => { setImmediate(resolve, value); });

module.exports = {
  setTimeout, clearTimeout: clear, setInterval, clearInterval: clear, setImmediate, clearImmediate: clear, Timeout, Immediate,
  get promises() { return require('timers/promises'); },
};
