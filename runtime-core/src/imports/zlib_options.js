// The options of the import `zlib`, checked as Node checks them, for one call and for streams alike.
(function (builtins, natives, load) {
  'use strict';
  const { Infinity, Math, Number, Object, RangeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange } = load('node/errors');
  const { bytesOf } = load('node/encodings');
  const constants = load('imports/zlib_constants');

  /** What one call may give unless `maxOutputLength` says less: its output is made outside the isolate's memory limit. */
  const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
  const MAX_LENGTH = 4294967296;
  const MAX_BROTLI_PARAM = 8;
  const VIEW = 'an instance of Buffer, TypedArray, DataView, or ArrayBuffer';

  function checked(options, name, [min, max, ifAbsent]) {
    const value = options[name];
    if (value === undefined || Number.isNaN(value)) return ifAbsent;
    if (typeof value !== 'number') throw invalidType(`The "options.${name}" property`, 'of type number', value);
    if (!Number.isFinite(value)) throw outOfRange(`options.${name}`, 'a finite number', value);
    if (value >= min && value <= max) return value;
    throw outOfRange(`options.${name}`, max === Infinity ? `>= ${min}` : `>= ${min} and <= ${max}`, value);
  }

  function windowBits(kind, options) {
    const { windowBits: bits } = options;
    const zeroMeansHeader = kind === 'inflate' || kind === 'gunzip' || kind === 'unzip';
    if (zeroMeansHeader && (bits === undefined || bits === null || bits === 0)) return 0;
    const min = constants.Z_MIN_WINDOWBITS + (kind === 'gzip' ? 1 : 0);
    return Math.trunc(checked(options, 'windowBits', [min, constants.Z_MAX_WINDOWBITS, constants.Z_DEFAULT_WINDOWBITS]));
  }

  function dictionaryOf({ dictionary }) {
    if (dictionary === undefined) return undefined;
    const bytes = typeof dictionary === 'string' ? undefined : bytesOf(dictionary);
    if (bytes === undefined) throw invalidType('The "options.dictionary" property', VIEW, dictionary);
    return bytes;
  }

  function deflateSettings(kind, options) {
    const settings = {
      windowBits: windowBits(kind, options),
      level: Math.trunc(checked(options, 'level', [-1, 9, -1])),
      memLevel: Math.trunc(checked(options, 'memLevel', [1, 9, 8])),
      strategy: Math.trunc(checked(options, 'strategy', [0, 4, 0])),
    };
    return { ...settings, dictionary: dictionaryOf(options), params: [] };
  }

  function brotliSettings({ params }) {
    const flat = [];
    const seen = new Uint8Array(MAX_BROTLI_PARAM + 1);
    for (const name of Object.keys(params || {})) {
      const key = +name;
      if (!(key >= 0 && key <= MAX_BROTLI_PARAM) || seen[key] === 1) {
        throw coded(RangeError, 'ERR_BROTLI_INVALID_PARAM', `${name} is not a valid Brotli parameter`);
      }
      const value = params[name];
      if (typeof value !== 'number' && typeof value !== 'boolean') {
        throw invalidType('The "options.params[key]" property', 'of type number', value);
      }
      seen[key] = 1;
      flat.push(key, value >>> 0);
    }
    return { windowBits: 0, level: 0, memLevel: 0, strategy: 0, params: flat };
  }

  /** What the native takes, and the flushes that the options ask for. */
  function settingsOf(kind, options) {
    const given = options === undefined || options === null ? {} : options;
    const brotli = kind.startsWith('brotli');
    const most = brotli ? constants.BROTLI_OPERATION_EMIT_METADATA : constants.Z_BLOCK;
    const finish = brotli ? constants.BROTLI_OPERATION_FINISH : constants.Z_FINISH;
    checked(given, 'chunkSize', [constants.Z_MIN_CHUNK, Infinity, 0]);
    const flush = checked(given, 'flush', [0, most, 0]);
    const finishFlush = checked(given, 'finishFlush', [0, most, finish]);
    const max = checked(given, 'maxOutputLength', [1, MAX_LENGTH, MAX_OUTPUT_BYTES]);
    const settings = brotli ? brotliSettings(given) : deflateSettings(kind, given);
    return { ...settings, maxOutputLength: Math.min(max, MAX_OUTPUT_BYTES), flush, finishFlush };
  }

  return { settingsOf };
})
