// The import `zlib`: one-shot compression of Node's module, as functions that return and as functions with a callback.
(function (builtins, natives, load) {
  'use strict';
  const { Error, Math, Number, Object, Promise, RangeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange } = load('node/errors');
  const { encode, bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');
  const constants = load('imports/zlib_constants');

  /** What a decompression may give unless `maxOutputLength` says less: its output is made outside the isolate's memory limit. */
  const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
  const DEFAULT_LEVEL = 6;
  const BYTES = 'of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer';

  function inputBytes(value) {
    const bytes = typeof value === 'string' ? new Uint8Array(encode(value, 'utf8')) : bytesOf(value);
    if (bytes === undefined) throw invalidType('The "buffer" argument', BYTES, value);
    return bytes;
  }

  function checkedOption(options, name, min, max, ifAbsent) {
    const value = options[name];
    if (value === undefined || Number.isNaN(value)) return ifAbsent;
    if (typeof value !== 'number') throw invalidType(`The "options.${name}" property`, 'of type number', value);
    if (!(value >= min && value <= max)) throw outOfRange(`options.${name}`, `>= ${min} and <= ${max}`, value);
    return value;
  }

  function refuseDictionary(options) {
    if (options.dictionary !== undefined) throw new Error('hedgerow does not provide zlib dictionaries yet');
  }

  function qualityOf(format, options) {
    if (format === 'brotli') {
      const quality = options.params && options.params[constants.BROTLI_PARAM_QUALITY];
      return typeof quality === 'number' && quality >= 0 && quality <= 11 ? quality : constants.BROTLI_DEFAULT_QUALITY;
    }
    const level = checkedOption(options, 'level', -1, 9, -1);
    return level < 0 ? DEFAULT_LEVEL : level;
  }

  function compressor(format) {
    return (value, options) => {
      const bytes = inputBytes(value);
      const settings = options || {};
      refuseDictionary(settings);
      const quality = qualityOf(format, settings);
      const max = checkedOption(settings, 'maxOutputLength', 1, Number.MAX_SAFE_INTEGER, MAX_OUTPUT_BYTES);
      return () => {
        const output = natives.compress(format, bytes, quality);
        if (output.byteLength <= max) return Buffer.from(output);
        throw coded(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${max} bytes`);
      };
    };
  }

  function decompressor(format) {
    return (value, options) => {
      const bytes = inputBytes(value);
      const settings = options || {};
      refuseDictionary(settings);
      const max = checkedOption(settings, 'maxOutputLength', 1, Number.MAX_SAFE_INTEGER, MAX_OUTPUT_BYTES);
      const partial = settings.finishFlush === constants.Z_SYNC_FLUSH ? 1 : 0;
      return () => {
        try {
          return Buffer.from(natives.decompress(format, bytes, Math.min(max, MAX_OUTPUT_BYTES), partial));
        } catch (error) {
          if (error.code === 'ERR_BUFFER_TOO_LARGE') throw coded(RangeError, error.code, error.message);
          throw error;
        }
      };
    };
  }

  const module = {};

  /** Arguments are checked at once; the work of the callback form is done after the caller has returned. */
  function add(name, prepare) {
    module[`${name}Sync`] = { [`${name}Sync`](buffer, options) { return prepare(buffer, options)(); } }[`${name}Sync`];
    module[name] = {
      [name](buffer, options, callback) {
        const done = typeof options === 'function' ? options : callback;
        if (typeof done !== 'function') throw invalidType('The "callback" argument', 'of type function', done);
        const run = prepare(buffer, typeof options === 'function' ? undefined : options);
        Promise.resolve().then(run).then((result) => done(null, result), (error) => done(error));
      },
    }[name];
  }

  add('gzip', compressor('gzip'));
  add('gunzip', decompressor('gzip'));
  add('deflate', compressor('zlib'));
  add('inflate', decompressor('zlib'));
  add('deflateRaw', compressor('raw'));
  add('inflateRaw', decompressor('raw'));
  add('unzip', decompressor('unzip'));
  add('brotliCompress', compressor('brotli'));
  add('brotliDecompress', decompressor('brotli'));

  const STREAMS = [
    'Gzip', 'Gunzip', 'Deflate', 'Inflate', 'DeflateRaw', 'InflateRaw', 'Unzip', 'BrotliCompress', 'BrotliDecompress',
  ];
  for (const stream of STREAMS) {
    const name = `create${stream}`;
    module[name] = {
      [name]() { throw new Error(`hedgerow does not provide zlib.${name} yet: use the one-shot functions`); },
    }[name];
  }

  module.constants = constants;
  return Object.assign(module, constants);
})
