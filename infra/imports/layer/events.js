// `events`: the npm package, with the functions that came to Node after it.

const EventEmitter = require('events/');

module.exports = EventEmitter;
EventEmitter.EventEmitter = EventEmitter;
EventEmitter.captureRejectionSymbol = Symbol.for('nodejs.rejection');
EventEmitter.errorMonitor = Symbol('events.errorMonitor');
EventEmitter.setMaxListeners = (count = EventEmitter.defaultMaxListeners, ...targets) => {
  for (const target of targets) target.setMaxListeners?.(count);
};
EventEmitter.getEventListeners = (emitter, name) => emitter.listeners(name);

/** The arguments of the events of that name, one after another; ends with an `error` event. */
EventEmitter.on = function on(emitter, name, { signal } = {}) {
  const waiting = [];
  const ready = [];
  let failure;
  let ended = false;
  const settle = () => {
    while (waiting.length > 0 && (ready.length > 0 || failure || ended)) {
      const { resolve, reject } = waiting.shift();
      if (ready.length > 0) resolve({ value: ready.shift(), done: false });
      else if (failure) { reject(failure.error); failure = undefined; ended = true; }
      else resolve({ value: undefined, done: true });
    }
  };
  const take = (...values) => { ready.push(values); settle(); };
  const fail = (error) => { failure = { error }; settle(); };
  const end = () => { emitter.off(name, take); emitter.off('error', fail); ended = true; settle(); };
  emitter.on(name, take);
  if (name !== 'error') emitter.on('error', fail);
  signal?.addEventListener('abort', () => fail(signal.reason), { once: true });
  return {
    next: () => new Promise((resolve, reject) => { waiting.push({ resolve, reject }); settle(); }),
    return: async () => { end(); return { value: undefined, done: true }; },
    throw: async (error) => { end(); throw error; },
    [Symbol.asyncIterator]() { return this; },
  };
};
