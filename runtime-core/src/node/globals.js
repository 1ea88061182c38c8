// The globals an app finds (behaviour.md a.2): each is evaluated when first read, and gives way to whatever an app declares or
// assigns under its name.
(function (builtins, natives, load) {
  'use strict';
  const { Object } = builtins;
  const defineProperty = Object.defineProperty;
  const target = globalThis;

  function settle(name, value) {
    defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
    return value;
  }

  function lazy(name, evaluate) {
    defineProperty(target, name, {
      configurable: true,
      enumerable: false,
      get() { return settle(name, evaluate()); },
      set(value) { settle(name, value); },
    });
  }

  lazy('Buffer', () => load('node/buffer').Buffer);
  settle('RetryError', load('imports/@posthog/plugin-scaffold').RetryError);
  lazy('fetch', () => load('imports/node-fetch'));
  lazy('URL', () => load('node/url').URL);

  // Each package when it is first read: where there is no bundle, that is when an app is told.
  lazy('google', () => {
    const cloud = {};
    for (const name of ['bigquery', 'pubsub']) {
      defineProperty(cloud, name, { configurable: true, enumerable: true, get: () => load('node/units')(`@google-cloud/${name}`) });
    }
    return { cloud };
  });
})
