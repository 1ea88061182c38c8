({
  make() {
    const zlib = load('zlib');
    const texts = ['', 'a', 'hello hello hello hello world', 'x'.repeat(5000), Array.from({ length: 3000 }, (_, i) => (i * i * 31) % 251).join(',')];
    const made = [];
    const add = (kind, text, options) => made.push({ kind, text, options, bytes: zlib[`${kind}Sync`](text, options && { ...options, dictionary: options.dictionary && Buffer.from(options.dictionary) }).toString('base64') });
    for (const text of texts) {
      for (const kind of ['deflate', 'gzip', 'deflateRaw']) {
        for (let level = -1; level <= 9; level++) add(kind, text, { level });
        for (let strategy = 0; strategy <= 4; strategy++) add(kind, text, { strategy });
        for (const memLevel of [1, 5, 9]) add(kind, text, { memLevel });
        for (const windowBits of [9, 10, 12, 15]) add(kind, text, { windowBits });
      }
      for (const kind of ['deflate', 'deflateRaw']) add(kind, text, { dictionary: 'hello world' });
      for (const quality of [0, 1, 5, 9, 11]) add('brotliCompress', text, { params: { 1: quality } });
      for (const lgwin of [10, 16, 24]) add('brotliCompress', text, { params: { 2: lgwin, 5: text.length } });
      add('brotliCompress', text, { params: { 0: 1, 3: 16, 4: true } });
    }
    return made;
  },
  async run({ print, attempt, each }, theirs, shared) {
    const zlib = load('zlib');
    const back = { deflate: 'inflate', gzip: 'gunzip', deflateRaw: 'inflateRaw', brotliCompress: 'brotliDecompress' };
    theirs.forEach(({ kind, text, options, bytes }, i) => {
      const dictionary = options.dictionary && Buffer.from(options.dictionary);
      attempt(`theirs ${i} ${kind} ${JSON.stringify(options)}`, () => {
        const packed = Buffer.from(bytes, 'base64');
        const plain = zlib[`${back[kind]}Sync`](packed, { dictionary });
        return [plain.toString() === text, kind === 'deflate' || kind === 'gzip' ? zlib.unzipSync(packed, { dictionary }).length : 0];
      });
    });
    const data = Buffer.from('hello hello hello hello world');
    const [deflated, gzipped, raw, squeezed] = ['789ccb48cdc9c957c8c020cbf38b725200a38a0af9', '1f8b0800000000000003cb48cdc9c957c8c020cbf38b725200336534341d000000', 'cb48cdc9c957c8c020cbf38b725200', '1b1c00f88d946ede445586966c206f35c83c75c00a1147'].map((hex) => Buffer.from(hex, 'hex'));
    const locked = Buffer.from('78bb1a0b045dcb00333149b02400a38a0af9', 'hex');
    const dictionary = Buffer.from('hello world');
    const flipped = (bytes, at) => { const copy = Buffer.from(bytes); copy[at] ^= 0xff; return copy; };
    for (let at = 0; at < deflated.length; at++) {
      attempt(`inflate flipped ${at}`, () => zlib.inflateSync(flipped(deflated, at)));
      attempt(`inflate cut ${at}`, () => zlib.inflateSync(deflated.subarray(0, at)));
      attempt(`unzip flipped ${at}`, () => zlib.unzipSync(flipped(deflated, at)));
    }
    for (let at = 0; at < gzipped.length; at++) {
      attempt(`gunzip flipped ${at}`, () => zlib.gunzipSync(flipped(gzipped, at)));
      attempt(`gunzip cut ${at}`, () => zlib.gunzipSync(gzipped.subarray(0, at)));
      attempt(`gunzip cut ${at} partial`, () => zlib.gunzipSync(gzipped.subarray(0, at), { finishFlush: zlib.constants.Z_SYNC_FLUSH }));
      attempt(`unzip flipped gzip ${at}`, () => zlib.unzipSync(flipped(gzipped, at)));
    }
    for (let at = 0; at < raw.length; at++) {
      attempt(`inflateRaw flipped ${at}`, () => zlib.inflateRawSync(flipped(raw, at)));
      attempt(`inflateRaw cut ${at}`, () => zlib.inflateRawSync(raw.subarray(0, at)));
    }
    for (let at = 0; at < squeezed.length; at++) {
      attempt(`brotli cut ${at}`, () => zlib.brotliDecompressSync(squeezed.subarray(0, at)));
    }
    const join = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
    each(`
      zlib.inflateSync(join(deflated, 'garbage')).toString()
      zlib.gunzipSync(join(gzipped, 'garbage'))
      zlib.gunzipSync(join(gzipped, [0x1f]))
      zlib.gunzipSync(join(gzipped, [0x1f, 0x8b]))
      zlib.gunzipSync(join(gzipped, [0x1f, 0x8b, 9]))
      zlib.gunzipSync(join(gzipped, [0, 0, 0, 1])).toString()
      zlib.gunzipSync(join(gzipped, gzipped, gzipped)).toString()
      zlib.unzipSync(join(gzipped, gzipped)).toString()
      zlib.unzipSync(join(deflated, deflated)).toString()
      zlib.unzipSync(raw)
      zlib.unzipSync(Buffer.from([0x1f, 0, 0]))
      zlib.unzipSync(Buffer.from([0x1f]))
      zlib.brotliDecompressSync(join(squeezed, 'x')).toString()
      zlib.brotliDecompressSync(Buffer.from('nonsense'))
      zlib.brotliDecompressSync(squeezed.subarray(0, 5), { finishFlush: 1 })
      zlib.inflateSync(Buffer.from('nonsense'))
      zlib.gunzipSync('nonsense')
      zlib.inflateRawSync('nonsense')
      zlib.inflateSync(locked)
      zlib.inflateSync(locked, { dictionary }).toString()
      zlib.inflateSync(locked, { dictionary: Buffer.from('x') })
      zlib.inflateSync(locked, { dictionary: new Uint8Array(dictionary).buffer }).toString()
      zlib.unzipSync(locked, { dictionary }).toString()
      zlib.inflateSync(deflated, { dictionary }).toString()
      zlib.gunzipSync(gzipped, { dictionary }).toString()
      zlib.deflateSync('a', { dictionary: 5 })
      zlib.deflateSync('a', { dictionary: 'abc' })
      zlib.deflateSync('a', { dictionary: null })
      zlib.deflateSync('')
      zlib.deflateSync('', { level: 0 })
      zlib.deflateSync('abc', { level: 0 })
      zlib.gzipSync('').length
      zlib.gzipSync('a', { level: 9 })[8]
      zlib.gzipSync('a', { level: 1 })[8]
      zlib.gzipSync('a', { level: 6 })[8]
      zlib.deflateSync('a', { windowBits: 8 }).subarray(0, 2)
      zlib.deflateSync('a', { windowBits: 12, level: 9 }).subarray(0, 2)
      zlib.deflateSync('a', { windowBits: 7 })
      zlib.deflateSync('a', { windowBits: 16 })
      zlib.deflateSync('a', { windowBits: 0 })
      zlib.gzipSync('a', { windowBits: 8 })
      zlib.gzipSync('a', { windowBits: 0 })
      zlib.gunzipSync(gzipped, { windowBits: 0 }).length
      zlib.inflateSync(deflated, { windowBits: 0 }).length
      zlib.inflateSync(deflated, { windowBits: 8 })
      zlib.inflateSync(deflated, { windowBits: null }).length
      zlib.deflateSync('a', { level: 10 })
      zlib.deflateSync('a', { level: -2 })
      zlib.deflateSync('a', { level: 'x' })
      zlib.deflateSync('a', { level: null })
      zlib.deflateSync('a', { level: Infinity })
      zlib.deflateSync('a', { level: NaN }).length
      zlib.deflateSync('a', { memLevel: 0 })
      zlib.deflateSync('a', { memLevel: 10 })
      zlib.deflateSync('a', { strategy: 5 })
      zlib.deflateSync('a', { strategy: 'x' })
      zlib.deflateSync('a', { chunkSize: 63 })
      zlib.deflateSync('a', { chunkSize: 64 }).length
      zlib.deflateSync('a', { chunkSize: 'x' })
      zlib.deflateSync('a', { flush: 6 })
      zlib.deflateSync('a', { finishFlush: 6 })
      zlib.deflateSync('a', { finishFlush: 0 }).length
      zlib.inflateSync(zlib.deflateSync('abc', { finishFlush: 2 }), { finishFlush: 2 }).toString()
      zlib.inflateSync(zlib.deflateSync('abc', { finishFlush: 3 }), { finishFlush: 2 }).toString()
      zlib.inflateSync(zlib.deflateSync('abc', { finishFlush: 3 }))
      zlib.deflateSync('a', { info: true }).buffer.length
      zlib.inflateSync(deflated, { info: true }).buffer.toString()
      Object.keys(zlib.inflateSync(deflated, { info: true }))
      zlib.deflateSync('abc', { info: true }).engine.bytesWritten
      zlib.inflateSync(deflated, { maxOutputLength: 5 })
      zlib.inflateSync(deflated, { maxOutputLength: 29 }).length
      zlib.inflateSync(deflated, { maxOutputLength: 28 })
      zlib.inflateSync(deflated, { maxOutputLength: 0 })
      zlib.inflateSync(deflated, { maxOutputLength: 'x' })
      zlib.inflateSync(deflated, { maxOutputLength: 2 ** 40 })
      zlib.deflateSync(data, { maxOutputLength: 5 })
      zlib.brotliDecompressSync(squeezed, { maxOutputLength: 5 })
      zlib.inflateSync(5)
      zlib.inflateSync()
      zlib.inflateSync(null)
      zlib.inflateSync({})
      zlib.inflateSync(new Uint8Array(deflated).buffer).toString()
      zlib.inflateSync(new DataView(new Uint8Array(deflated).buffer)).toString()
      zlib.inflate(deflated)
      zlib.inflate(deflated, {})
      zlib.inflate(deflated, {}, 5)
      zlib.inflate(5, () => {})
      zlib.deflate('a', { level: 10 }, () => {})
      zlib.brotliCompressSync('a', { params: { 1: 'x' } })
      zlib.brotliCompressSync('a', { params: { 99: 1 } })
      zlib.brotliCompressSync('a', { params: { x: 1 } })
      zlib.brotliCompressSync('a', { params: { '-1': 1 } })
      zlib.brotliCompressSync('a', { finishFlush: 9 })
      zlib.brotliCompressSync('a', { flush: 4 })
      zlib.brotliDecompressSync(zlib.brotliCompressSync(data, { params: { 1: 12 } })).toString()
      zlib.brotliDecompressSync(zlib.brotliCompressSync(data, { finishFlush: 1 }), { finishFlush: 1 }).toString()
      zlib.crc32('hello')
      zlib.crc32(Buffer.from('world'), zlib.crc32('hello '))
      zlib.crc32('')
      zlib.crc32('a'.repeat(1000))
      zlib.crc32(5)
      zlib.crc32(new ArrayBuffer(1))
      zlib.crc32('a', 'x')
      zlib.crc32('a', -1)
      zlib.crc32('a', 4294967296)
      zlib.constants
      zlib.codes
      zlib.Z_BEST_SPEED
      Object.keys(zlib).includes('Z_BEST_SPEED')
      zlib.BROTLI_PARAM_MODE
    `, { zlib, data, deflated, gzipped, raw, squeezed, locked, dictionary, join });
    const later = (label, start) => new Promise((resolve) => {
      start((error, result) => { print(label, [error, result && result.toString()]); resolve(); });
    });
    await later('inflate', (done) => zlib.inflate(deflated, done));
    await later('gunzip', (done) => zlib.gunzip(gzipped, {}, done));
    await later('inflateRaw', (done) => zlib.inflateRaw(raw, done));
    await later('unzip', (done) => zlib.unzip(gzipped, done));
    await later('brotliDecompress', (done) => zlib.brotliDecompress(squeezed, done));
    await later('bad inflate', (done) => zlib.inflate('nonsense', done));
    await later('bad brotli', (done) => zlib.brotliDecompress('nonsense', done));
    await later('too large', (done) => zlib.inflate(deflated, { maxOutputLength: 1 }, done));
    for (const [pack, unpack] of [['deflate', 'inflate'], ['gzip', 'gunzip'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress']]) {
      await later(`${pack} and back`, (done) => zlib[pack](data, (error, packed) => zlib[unpack](packed, done)));
    }
  },
})
