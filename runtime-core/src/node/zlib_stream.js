// Compression piece by piece, for the stream classes of the Node layer: `open(kind, options)`. `kind` is the name of the one-shot
// function (`gzip`, `gunzip`, `deflate`, `inflate`, `deflateRaw`, `inflateRaw`, `unzip`, `brotliCompress`, `brotliDecompress`);
// the options are Node's and are checked here.
(function (builtins, natives, load) {
  'use strict';
  const { Object, Uint8Array } = builtins;
  const { settingsOf } = load('imports/zlib_options');
  const { failed } = load('imports/zlib_errors');

  const DEFLATE_FLUSHES = Object.assign(Object.create(null), { none: 0, partial: 1, sync: 2, full: 3, finish: 4, block: 5 });
  const BROTLI_FLUSHES = Object.assign(Object.create(null), { none: 0, sync: 1, full: 1, finish: 2 });

  function open(kind, options) {
    const settings = settingsOf(kind, options);
    const step = natives.open(kind, settings);
    const flushes = kind.startsWith('brotli') ? BROTLI_FLUSHES : DEFLATE_FLUSHES;
    return {
      /** The output so far for the input so far. `flush`: a name above, or the number of one of Node's constants. */
      push(bytes, flush) {
        try {
          return new Uint8Array(step('push', bytes, typeof flush === 'number' ? flush : flushes[flush || 'none']));
        } catch (error) {
          throw failed(error);
        }
      },
      isFinished() { return step('finished'); },
      /** The numbers of the flush after each piece and at the end, as the options have them. */
      flush: settings.flush,
      finishFlush: settings.finishFlush,
    };
  }

  return { open };
})
