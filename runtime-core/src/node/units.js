// The units of the imports bundle: npm packages and, below `node/`, the modules of Node that they use. What they see is not what an app
// sees: `process`, timers, `require` and the like come to each unit as parameters of its function, and nowhere else.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Map, Object } = builtins;
  const real = globalThis;
  const modules = new Map();
  // What packages know as `global`: all that the real one has, and what they leave on it stays among them.
  const shared = Object.create(real);
  const GIVEN = {
    process: () => require('node/process'),
    Buffer: () => load('node/buffer').Buffer,
    global: () => shared,
    globalThis: () => shared,
    URL: () => load('imports/url').URL,
    URLSearchParams: () => load('imports/url').URLSearchParams,
    __filename: () => '/index.js',
    __dirname: () => '/',
  };
  for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate']) {
    GIVEN[name] = () => require('node/timers')[name];
  }
  for (const name of [
    'queueMicrotask', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'AbortController', 'AbortSignal', 'performance', 'structuredClone',
  ]) {
    GIVEN[name] = () => require('node/web')[name];
  }
  for (const name of Object.keys(GIVEN)) {
    if (name.startsWith('__')) continue;
    Object.defineProperty(shared, name, {
      configurable: true,
      enumerable: false,
      get: GIVEN[name],
      set(value) { Object.defineProperty(shared, name, { value, writable: true, configurable: true, enumerable: false }); },
    });
  }

  /** The exports of a unit, which is evaluated at its first use; as in Node, a circle of units sees what is there so far. */
  function require(name) {
    if (name.startsWith('hedgerow:')) return load(name.slice('hedgerow:'.length));
    const known = modules.get(name);
    if (known) return known.exports;
    const module = { exports: {}, id: name, filename: '/index.js', loaded: false, children: [], paths: [] };
    modules.set(name, module);
    try {
      if (name.startsWith('node/unavailable?')) {
        module.exports = require('node/unavailable')(name.slice('node/unavailable?'.length));
      } else {
        const unit = natives.unit(name);
        unit.evaluate.apply(module.exports, unit.parameters.map((parameter) => argument(parameter, module)));
      }
      module.loaded = true;
    } catch (error) {
      // So that the next attempt says the same, and does not find half a package.
      modules.delete(name);
      throw error;
    }
    return module.exports;
  }
  // For names that are put together at run time, which the bundler leaves alone.
  require.unit = require;
  require.cache = {};
  require.resolve = (name) => { throw new Error(`require.resolve('${name}') cannot be used here`); };

  function argument(parameter, module) {
    if (parameter === 'exports') return module.exports;
    if (parameter === 'require') return require;
    if (parameter === 'module') return module;
    return GIVEN[parameter]();
  }

  require.loaded = () => [...modules.keys()];
  return require;
})
