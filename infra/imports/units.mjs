// What the bundle is made of.

/** The layer: Node's modules as packages see them, each a unit `node/NAME` of its own, from layer/NAME.js. */
export const LAYER = [
  'assert', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'fs', 'http', 'https', 'net', 'os', 'path', 'process', 'punycode',
  'querystring', 'stream', 'stream/promises', 'string_decoder', 'timers', 'tls', 'unavailable', 'url', 'util', 'web', 'zlib',
];

/** What an app imports by name, and the parts of it that are loaded when first used. An entry of ours starts with `./`. */
export const ENTRIES = {
  'generic-pool': 'generic-pool',
  jsonwebtoken: 'jsonwebtoken',
};

/** npm packages that are units of their own, so that what several packages bring in is loaded once. By name; versions stay apart. */
export const SHARED = new Set([]);

/** What a unit's function may ask for as parameters; it gets those whose names occur in it. */
export const PARAMETERS = [
  'exports', 'require', 'module', 'process', 'Buffer', 'global', 'globalThis', 'setTimeout', 'clearTimeout', 'setInterval',
  'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob',
  'btoa', 'AbortController', 'AbortSignal', 'performance', 'structuredClone', '__filename', '__dirname',
];

/** Which unit of the layer gives a parameter: that unit itself does not ask for it. */
export const GIVEN_BY = { process: 'node/process', setTimeout: 'node/timers', clearTimeout: 'node/timers', setInterval: 'node/timers', clearInterval: 'node/timers', setImmediate: 'node/timers', clearImmediate: 'node/timers', queueMicrotask: 'node/web', TextEncoder: 'node/web', TextDecoder: 'node/web', atob: 'node/web', btoa: 'node/web', AbortController: 'node/web', AbortSignal: 'node/web', performance: 'node/web', structuredClone: 'node/web' };
