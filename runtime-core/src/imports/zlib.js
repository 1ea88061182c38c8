// The import `zlib`: one-shot compression of Node's module, as functions that return and as functions with a callback.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Object, Promise, Uint8Array } = builtins;
  const { invalidType, outOfRange } = load('node/errors');
  const { encode, bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const { settingsOf } = load('imports/zlib_options');
  const { failed } = load('imports/zlib_errors');
  const constants = load('imports/zlib_constants');

  const VIEWS = 'of type string or an instance of Buffer, TypedArray, or DataView';
  const BYTES = 'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer';
  const MAX_UINT32 = 4294967295;

  function bytesOrUndefined(value) {
    return typeof value === 'string' ? new Uint8Array(encode(value, 'utf8')) : bytesOf(value);
  }

  /** Checks at once and gives what does the work. `told` is what Node calls the input: not the same in the two forms. */
  function prepare(kind, value, options, told) {
    const settings = settingsOf(kind, options);
    const bytes = bytesOrUndefined(value);
    if (bytes === undefined) throw invalidType(`The "${told}" argument`, told === 'chunk' ? VIEWS : BYTES, value);
    const info = options !== undefined && options !== null && options.info === true;
    return () => {
      try {
        const buffer = Buffer.from(natives.open(kind, settings)('push', bytes, settings.finishFlush));
        return info ? { buffer, engine: { bytesWritten: bytes.length } } : buffer;
      } catch (error) {
        throw failed(error);
      }
    };
  }

  const module = {};

  /** The work of the callback form is done after the caller has returned. */
  function add(kind) {
    const sync = `${kind}Sync`;
    module[kind] = {
      [kind](buffer, options, callback) {
        const done = typeof options === 'function' ? options : callback;
        if (typeof done !== 'function') throw invalidType('The "callback" argument', 'of type function', done);
        const run = prepare(kind, buffer, typeof options === 'function' ? undefined : options, 'chunk');
        Promise.resolve().then(run).then((result) => done(null, result), (error) => done(error));
      },
    }[kind];
    module[sync] = { [sync](buffer, options) { return prepare(kind, buffer, options, 'buffer')(); } }[sync];
  }

  const KINDS = [
    'deflate', 'gzip', 'deflateRaw', 'unzip', 'inflate', 'gunzip', 'inflateRaw', 'brotliCompress', 'brotliDecompress',
  ];
  for (const kind of KINDS) add(kind);

  /** The CRC that gzip has, of data that may follow on what `value` is the CRC of. */
  module.crc32 = function crc32(data, value = 0) {
    const bytes = bytesOrUndefined(data);
    if (bytes === undefined || data instanceof builtins.ArrayBuffer) throw invalidType('The "data" argument', VIEWS, data);
    if (typeof value !== 'number') throw invalidType('The "value" argument', 'of type number', value);
    if (!builtins.Number.isInteger(value)) throw outOfRange('value', 'an integer', value);
    if (value < 0 || value > MAX_UINT32) throw outOfRange('value', `>= 0 && <= ${MAX_UINT32}`, value);
    return natives.crc32(bytes, value);
  };

  const STREAMS = [
    'Gzip', 'Gunzip', 'Deflate', 'Inflate', 'DeflateRaw', 'InflateRaw', 'Unzip', 'BrotliCompress', 'BrotliDecompress',
  ];
  // They are streams of the imports bundle, over `node/zlib_stream`: there when first read, or an error that says where to get it.
  for (const name of STREAMS.flatMap((stream) => [stream, `create${stream}`])) {
    Object.defineProperty(module, name, {
      configurable: true,
      enumerable: true,
      get() { return load('node/units')('node/zlib')[name]; },
      set(value) { Object.defineProperty(module, name, { value, writable: true, configurable: true, enumerable: true }); },
    });
  }

  const CODES = [
    'Z_OK', 'Z_STREAM_END', 'Z_NEED_DICT', 'Z_ERRNO', 'Z_STREAM_ERROR', 'Z_DATA_ERROR', 'Z_MEM_ERROR', 'Z_BUF_ERROR', 'Z_VERSION_ERROR',
  ];
  const codes = {};
  for (const name of CODES) codes[name] = constants[name];
  for (const name of CODES) codes[constants[name]] = name;
  module.constants = constants;
  module.codes = Object.freeze(codes);
  // Node has the constants that are older than `constants` on the module too, where they are not enumerable.
  for (const name of Object.keys(constants)) {
    if (!name.startsWith('BROTLI')) Object.defineProperty(module, name, { value: constants[name] });
  }
  return module;
})
