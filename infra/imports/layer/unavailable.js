// Node's modules that there are no natives for (`vm`, `worker_threads`, `http2`, …): they load, as packages load them at their start, and
// throw when something of them is used in earnest.

/** The stand-in for the module of that name. */
module.exports = function unavailable(name) {
  const known = KNOWN[name];
  return new Proxy(known ? known() : {}, {
    get(target, member) {
      // What the interop of bundlers, promises and inspection ask for is simply not there.
      if (member in target || typeof member === 'symbol' || ABSENT.has(member)) return target[member];
      // A class, to be extended, called or constructed.
      const refuse = function () {
        throw Object.assign(new Error(`Node's \`${name}.${member}\` cannot be used here: hedgerow has nothing behind it`), {
          code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        });
      };
      target[member] = refuse;
      return refuse;
    },
  });
};

const ABSENT = new Set(['__esModule', 'default', 'then', 'toJSON', 'prototype', 'length', 'name']);

class AsyncLocalStorage {
  run(_store, callback, ...args) { return callback(...args); }
  exit(callback, ...args) { return callback(...args); }
  getStore() { return undefined; }
  enterWith() {}
  disable() {}
}

class AsyncResource {
  constructor(type) { this.type = type; }
  runInAsyncScope(callback, receiver, ...args) { return callback.apply(receiver, args); }
  bind(callback) { return callback; }
  static bind(callback) { return callback; }
  emitDestroy() { return this; }
  asyncId() { return 0; }
  triggerAsyncId() { return 0; }
}

/** The few of them that packages use while they load or on a way that works. */
const KNOWN = {
  async_hooks: () => ({
    AsyncLocalStorage, AsyncResource, createHook: () => ({ enable() {}, disable() {} }), executionAsyncId: () => 0, triggerAsyncId: () => 0,
  }),
  cluster: () => ({ isMaster: true, isPrimary: true, isWorker: false }),
  constants: () => ({}),
  diagnostics_channel: () => ({ channel: () => ({ hasSubscribers: false, publish() {}, subscribe() {}, unsubscribe() {} }) }),
  domain: () => ({ active: null }),
  module: () => ({ builtinModules: [] }),
  perf_hooks: () => ({ performance: require('unit:node/web').performance }),
  tty: () => ({ isatty: () => false }),
  worker_threads: () => ({ isMainThread: true, parentPort: null, workerData: null, threadId: 0 }),
  'timers/promises': () => ({
    setTimeout: (milliseconds, value) => new Promise((resolve) => { setTimeout(resolve, milliseconds, value); }),
    setImmediate: (value) => new Promise((resolve) => { setImmediate(resolve, value); }),
  }),
};
