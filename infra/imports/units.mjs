// What the bundle is made of.

/** The layer: Node's modules as packages see them, each a unit `node/NAME` of its own, from layer/NAME.js. */
export const LAYER = [
  'assert', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'fs', 'http', 'https', 'net', 'os', 'path', 'process', 'punycode',
  'querystring', 'stream', 'stream/promises', 'string_decoder', 'timers', 'tls', 'unavailable', 'url', 'util', 'web', 'zlib',
];

/** What an app imports by name: the npm package, and where it starts. An entry of ours starts with `./`. */
export const ENTRIES = {
  '@google-cloud/bigquery': '@google-cloud/bigquery',
  '@google-cloud/pubsub': './entries/pubsub.js',
  '@google-cloud/storage': '@google-cloud/storage',
  'aws-sdk': './entries/aws_sdk.js',
  faker: './entries/faker.js',
  'generic-pool': 'generic-pool',
  jsonwebtoken: 'jsonwebtoken',
  pg: './entries/pg.js',
  'snowflake-sdk': 'snowflake-sdk',
};

/** npm packages that are units of their own, so that what several packages bring in is loaded once. By name; versions stay apart. */
export const SHARED = new Set([
  '@google-cloud/common', '@google-cloud/paginator', '@google-cloud/promisify', 'gaxios', 'generic-pool', 'google-auth-library', 'jsonwebtoken',
  'node-fetch', 'retry-request', 'teeny-request', 'uuid',
]);

/** What a unit's function may ask for as parameters; it gets those whose names occur in it. */
export const PARAMETERS = [
  'exports', 'require', 'module', 'process', 'Buffer', 'global', 'globalThis', 'setTimeout', 'clearTimeout', 'setInterval',
  'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob',
  'btoa', 'AbortController', 'AbortSignal', 'performance', 'structuredClone', '__filename', '__dirname',
];

/** Which units of the layer give parameters: these units themselves do not ask for them. */
export const GIVERS = {
  'node/process': ['process'],
  'node/timers': ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  'node/web': [
    'queueMicrotask', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'AbortController', 'AbortSignal', 'performance', 'structuredClone',
  ],
};
