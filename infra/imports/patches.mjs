// The changes to packages that running here takes, each with its reason.

/** What is imported under a name, by a file of ours in its place or, with `unit:`, another unit. */
export const ALIASES = {
  // One implementation of streams: `instanceof` holds across packages, and it is loaded once.
  'readable-stream': 'unit:node/stream',
  // What these reach for is built in here, or Node's.
  'safe-buffer': 'unit:node/buffer',
  inherits: './layer/small/inherits.js',
  'is-typed-array': './layer/small/is_typed_array.js',
  'which-typed-array': './layer/small/which_typed_array.js',
  'is-arguments': './layer/small/is_arguments.js',
  'is-generator-function': './layer/small/is_generator_function.js',
  'is-nan': './layer/small/is_nan.js',
  'object-is/polyfill': './layer/small/object_is.js',
  'object.assign/polyfill': './layer/small/object_assign.js',
  'call-bind/callBound': './layer/small/call_bound.js',
  'string_decoder/': 'unit:node/string_decoder',
  'process/': 'unit:node/process',
  'util/': 'unit:node/util',
  'abort-controller': 'unit:node/web',
  '@protobufjs/inquire': './layer/stubs/inquire.js',
  '@grpc/grpc-js': './layer/stubs/grpc_js.js',
  '@grpc/proto-loader': './layer/stubs/empty.js',
  'pg-native': './layer/stubs/empty.js',
  // Node has these itself.
  'fast-text-encoding': './layer/stubs/empty.js',
  // Its tables of Unicode are built in here, behind URL.
  'whatwg-url': 'unit:node/url',
  // snowflake-sdk: see the files.
  winston: './layer/stubs/winston.js',
  '@azure/storage-blob': './layer/stubs/no_staging.js',
  glob: './layer/stubs/no_staging.js',
  tmp: './layer/stubs/no_staging.js',
  'better-eval': './layer/stubs/better_eval.js',
  'proxy-agent': './layer/stubs/no_staging.js',
  open: './layer/stubs/no_staging.js',
};

/** Files of packages, below node_modules, with a file of ours in their place. */
export const FILES = {
  // Would warn of the version's age, with a timer, at every load.
  'aws-sdk/lib/maintenance_mode_message.js': './layer/stubs/empty.js',
  'google-gax/build/src/grpc.js': './layer/stubs/gax_grpc.js',
  'snowflake-sdk/lib/agent/https_ocsp_agent.js': './layer/stubs/https_agent.js',
  'snowflake-sdk/lib/agent/https_proxy_ocsp_agent.js': './layer/stubs/https_agent.js',
  'snowflake-sdk/lib/file_transfer_agent/file_transfer_agent.js': './layer/stubs/no_staging.js',
};

/** Texts of files that are replaced: `file` below node_modules, `replace` as pairs. A text that is no longer there fails the build. */
export const PATCHES = [
  {
    file: 'snowflake-sdk/lib/http/node.js',
    // An undeclared name is a global of the app.
    replace: [['      host = bypassList[i].trim();', '      let host = bypassList[i].trim();']],
  },
  {
    file: 'faker/vendor/mersenne.js',
    // It multiplies bit by bit, 624 times at every load: most of what loading faker took. The engine multiplies 32 bits by itself.
    replace: [['    var sum = 0;', '    return Math.imul(n1, n2) >>> 0;']],
  },
];
