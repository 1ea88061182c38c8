({
  run({ print, attempt, each }) {
    const buffer = load('buffer');
    const { Buffer } = buffer;
    print('statics', Object.keys(Buffer));
    print('methods', Object.getOwnPropertyNames(Buffer.prototype).sort());
    print('module', ['Buffer', 'SlowBuffer', 'transcode', 'isUtf8', 'isAscii', 'kMaxLength', 'kStringMaxLength', 'btoa', 'atob', 'constants', 'INSPECT_MAX_BYTES', 'Blob'].map((name) => [name, typeof buffer[name]]));
    const encodings = ['utf8', 'utf-8', 'UTF8', 'utf16le', 'ucs2', 'ucs-2', 'UCS2', 'latin1', 'binary', 'ascii', 'base64', 'base64url', 'hex', 'HEX'];
    const texts = ['', 'a', 'hello', 'h\u00e9llo \u20ac', '\ud83d\ude00!', '\ud800', 'a\udc00b', '68656c6c6f', '6865zz', '686', 'aGVsbG8=', 'aGVsbG8', 'aGVs bG8=', 'a-_b', 'a+/b', '=aGVs', 'YQ==YQ==', 'Y', 'YR', '\u0000\u007f\u0080\u00ff', 'x'.repeat(70)];
    for (const encoding of encodings) {
      for (const text of texts) attempt(`from ${JSON.stringify(text)} ${encoding}`, () => Buffer.from(text, encoding));
      attempt(`byteLength ${encoding}`, () => texts.map((text) => Buffer.byteLength(text, encoding)));
      attempt(`isEncoding ${encoding}`, () => Buffer.isEncoding(encoding));
    }
    const byteTables = [[], [0x68, 0x65, 0x6c], [0xff, 0xfe, 0x80], [0xe2, 0x82, 0xac], [0xe2, 0x82], [0xe2, 0x28, 0xa1], [0xf0, 0x9f, 0x98, 0x80], [0xf0, 0x9f, 0x98], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf, 0x61], [0x3d, 0xd8, 0x00, 0xde], [0x3d, 0xd8, 0x61], [0, 127, 128, 255]];
    for (const encoding of ['utf8', 'ucs2', 'latin1', 'ascii', 'base64', 'base64url', 'hex']) {
      for (const bytes of byteTables) {
        attempt(`toString ${bytes} ${encoding}`, () => [Buffer.from(bytes).toString(encoding), Buffer.from(bytes).toString(encoding, 1), Buffer.from(bytes).toString(encoding, 1, 2)]);
      }
      const kind = encoding === 'ucs2' ? 'ucs2' : encoding;
      attempt(`slice ${encoding}`, () => [Buffer.from('hello w\u00f6rld')[`${kind}Slice`](), Buffer.from('hello')[`${kind}Slice`](1), Buffer.from('hello')[`${kind}Slice`](1, 3)]);
      attempt(`slice out ${encoding}`, () => Buffer.from('hello')[`${kind}Slice`](3, 1));
      attempt(`slice beyond ${encoding}`, () => Buffer.from('hello')[`${kind}Slice`](1, 99));
      attempt(`write ${encoding}`, () => { const b = Buffer.alloc(6); return [b[`${kind}Write`]('6161', 1), b, b[`${kind}Write`]('abcdefgh', 2, 3), b, b[`${kind}Write`]('ab'), b]; });
      attempt(`write out ${encoding}`, () => Buffer.alloc(3)[`${kind}Write`]('ab', 4));
      attempt(`write no text ${encoding}`, () => Buffer.alloc(3)[`${kind}Write`](5));
      for (const [text, offset, length] of [['h\u00e9\u20ac', 0], ['h\u00e9\u20ac', 1, 2], ['aGVsbG8', 2], ['616263', 1], ['\ud83d\ude00', 1, 3]]) {
        attempt(`write ${JSON.stringify(text)} ${offset} ${length} ${encoding}`, () => { const b = Buffer.alloc(8); return [b.write(text, offset, ...(length === undefined ? [] : [length]), encoding), b]; });
      }
    }
    const widths = { UInt8: 1, UInt16LE: 2, UInt16BE: 2, UInt32LE: 4, UInt32BE: 4, Int8: 1, Int16LE: 2, Int16BE: 2, Int32LE: 4, Int32BE: 4, FloatLE: 4, FloatBE: 4, DoubleLE: 8, DoubleBE: 8, BigInt64LE: 8, BigInt64BE: 8, BigUInt64LE: 8, BigUInt64BE: 8 };
    const sample = Buffer.from([0xff, 0x80, 0x01, 0x7f, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18, 0x00, 0xc0]);
    for (const [name, width] of Object.entries(widths)) {
      const big = name.startsWith('Big');
      for (const offset of [undefined, 0, 1, 2, 3, sample.length - width]) attempt(`read${name} ${offset}`, () => sample[`read${name}`](offset));
      for (const offset of [-1, sample.length - width + 1, 1.5, '1', null, NaN, Infinity]) attempt(`read${name} ${String(offset)} bad`, () => sample[`read${name}`](offset));
      attempt(`read${name} of nothing`, () => Buffer.alloc(0)[`read${name}`](0));
      for (const value of [0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, -128, -129, -32769, -2147483649, 1.5, NaN, Infinity, '5', undefined, true, 9007199254740993n, 18446744073709551615n, 18446744073709551616n, -9223372036854775808n, -9223372036854775809n]) {
        if (typeof value === 'bigint' && !big) continue;
        attempt(`write${name} ${String(value)}`, () => { const b = Buffer.alloc(9); return [b[`write${name}`](big && Number.isInteger(value) ? BigInt(value) : value, 1), b]; });
      }
      attempt(`write${name} bad offset`, () => Buffer.alloc(3)[`write${name}`](big ? 1n : 1, 9));
      attempt(`write${name} no offset`, () => { const b = Buffer.alloc(8); return [b[`write${name}`](big ? 1n : 1), b]; });
    }
    for (const name of ['UIntLE', 'UIntBE', 'IntLE', 'IntBE']) {
      for (const width of [1, 2, 3, 4, 5, 6]) {
        attempt(`read${name} ${width}`, () => [0, 1, 5].map((offset) => sample[`read${name}`](offset, width)));
        for (const value of [0, 1, -1, 2 ** (8 * width - 1) - 1, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, 2 ** (8 * width), -(2 ** (8 * width - 1)), -(2 ** (8 * width - 1)) - 1]) {
          attempt(`write${name} ${width} ${value}`, () => { const b = Buffer.alloc(8); return [b[`write${name}`](value, 1, width), b]; });
        }
      }
      for (const width of [0, 7, 1.5, '3', undefined]) {
        attempt(`read${name} width ${width}`, () => sample[`read${name}`](0, width));
        attempt(`write${name} width ${width}`, () => Buffer.alloc(8)[`write${name}`](1, 0, width));
      }
      attempt(`read${name} beyond`, () => sample[`read${name}`](12, 4));
      attempt(`read${name} no offset`, () => sample[`read${name}`](undefined, 4));
    }
    const hay = Buffer.from('this is a buffer, this is');
    for (const needle of ['this', 'is', 'zzz', '', 'buffer', 105, 0x69 + 256, Buffer.from('is'), Buffer.from(''), new Uint8Array([32, 97])]) {
      for (const from of [undefined, 0, 3, -1, -5, 100, -100, null, NaN, 'x', {}, 2.7]) {
        attempt(`find ${String(needle)} from ${String(from)}`, () => [hay.indexOf(needle, from), hay.lastIndexOf(needle, from), hay.includes(needle, from)]);
      }
    }
    const wide = Buffer.from('abcabc', 'ucs2');
    each(`
      wide.indexOf('b', 'ucs2')
      wide.indexOf('b', 3, 'ucs2')
      wide.lastIndexOf('b', undefined, 'ucs2')
      wide.indexOf('c', -4, 'utf16le')
      hay.indexOf('6973', 'hex')
      hay.indexOf('aXM=', 0, 'base64')
      hay.indexOf('is', 'nonsense')
      hay.indexOf({})
      hay.indexOf(null)
      hay.indexOf()
      hay.indexOf(true)
      hay.lastIndexOf([])
      Buffer.from([1, 2, 3])
      Buffer.from([1.9, -1, 256, '3', 'x', null, undefined, NaN, true])
      Buffer.from(new Uint16Array([1, 256, 65535]))
      Buffer.from(new Uint8Array([1, 2]).buffer)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 1)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 5)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 1, 4)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, -1)
      Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 'x', -2)
      Buffer.from(Buffer.from('abc'))
      Buffer.from({ type: 'Buffer', data: [1, 2] })
      Buffer.from({ length: 2, 0: 7 })
      Buffer.from({ length: -1 })
      Buffer.from({ length: '2' })
      Buffer.from(new String('abc'))
      Buffer.from({ valueOf() { return 'abc' } })
      Buffer.from({ [Symbol.toPrimitive]() { return 'abc' } })
      Buffer.from({})
      Buffer.from(null)
      Buffer.from(undefined)
      Buffer.from(5)
      Buffer.from(true)
      Buffer.from(() => {})
      Buffer.from(Symbol('x'))
      Buffer.from('abc', 'nonsense')
      Buffer.from('abc', 5)
      Buffer.from('abc', null)
      Buffer.from('abc', '')
      Buffer.alloc(3)
      Buffer.alloc(3, 1)
      Buffer.alloc(5, 'ab')
      Buffer.alloc(5, '6162', 'hex')
      Buffer.alloc(3, Buffer.from('xy'))
      Buffer.alloc(3, '')
      Buffer.alloc(3, 'zz', 'hex')
      Buffer.alloc(3, Buffer.alloc(0))
      Buffer.alloc(3, 257)
      Buffer.alloc(3, -1)
      Buffer.alloc(3, null)
      Buffer.alloc(3, true)
      Buffer.alloc(3, 'a', 'nonsense')
      Buffer.alloc(-1)
      Buffer.alloc('3')
      Buffer.alloc(1.9).length
      Buffer.alloc(NaN)
      Buffer.alloc()
      Buffer.allocUnsafe(3).length
      Buffer.allocUnsafe(-1)
      Buffer.allocUnsafeSlow(3).length
      Buffer.allocUnsafeSlow('x')
      Buffer.poolSize
      Buffer.of(1, 2, 300)
      Buffer.concat([])
      Buffer.concat([Buffer.from('a'), new Uint8Array([98])])
      Buffer.concat([Buffer.from('abc'), Buffer.from('def')], 4)
      Buffer.concat([Buffer.from('abc')], 5)
      Buffer.concat([Buffer.from('abc')], 0)
      Buffer.concat([Buffer.from('abc')], -1)
      Buffer.concat([Buffer.from('abc')], 1.5)
      Buffer.concat([Buffer.from('abc')], 'x')
      Buffer.concat('x')
      Buffer.concat(['x'])
      Buffer.concat([Buffer.from('a'), 5])
      Buffer.compare(Buffer.from('a'), Buffer.from('b'))
      Buffer.compare(Buffer.from('b'), new Uint8Array([97]))
      Buffer.compare('a', Buffer.from('b'))
      Buffer.compare(Buffer.from('a'), 'b')
      Buffer.isBuffer(new Uint8Array(1))
      Buffer.isBuffer(Buffer.alloc(1))
      Buffer.isBuffer('x')
      Buffer.isEncoding('')
      Buffer.isEncoding(5)
      Buffer.isEncoding('utf-16')
      Buffer.byteLength(5)
      Buffer.byteLength(new ArrayBuffer(7))
      Buffer.byteLength(new Float64Array(2))
      Buffer.byteLength('abc', 'nonsense')
      Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]))
      Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1)
      Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1)
      Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 9)
      Buffer.copyBytesFrom([1])
      Buffer.copyBytesFrom(new Uint8Array(2), -1)
      Buffer(3)
      Buffer('abc')
      new Buffer('616263', 'hex')
      new Buffer(3).length
      new Buffer(3, 'x')
      hay.compare(Buffer.from('this'))
      hay.compare(hay)
      hay.compare(Buffer.from('is'), 0, 2, 5, 7)
      hay.compare(Buffer.from('is'), 0, 99)
      hay.compare(Buffer.from('is'), -1)
      hay.compare(Buffer.from('is'), 1, 2, 99)
      hay.compare(Buffer.from('is'), 2, 1)
      hay.compare('x')
      hay.equals(Buffer.from('this is a buffer, this is'))
      hay.equals(new Uint8Array(hay))
      hay.equals('x')
      hay.toJSON().data.length
      JSON.stringify(Buffer.from('ab'))
      hay.slice(2, 6)
      hay.slice(-4).toString()
      hay.subarray(1, -20).toString()
      hay.slice(5, 2)
      hay.slice('1', '3')
      hay.toString('utf8', -3, 4)
      hay.toString('utf8', 3, 1)
      hay.toString('utf8', 'x', '4')
      hay.toString('nonsense')
      hay.toString(5)
      hay.toString(null)
      hay.toString(undefined, 2, 4)
      hay.toLocaleString('hex', 0, 2)
      hay.inspect()
      Buffer.alloc(60).inspect()
      Buffer.alloc(0).inspect()
      hay.parent === hay.buffer
      Buffer.alloc(5).fill('ab')
      Buffer.alloc(5).fill('ab', 1)
      Buffer.alloc(5).fill('ab', 1, 3)
      Buffer.alloc(5).fill('6162', 'hex')
      Buffer.alloc(5).fill('\u00fc')
      Buffer.alloc(5).fill('\u00fc', 'latin1')
      Buffer.alloc(5).fill(258)
      Buffer.alloc(5).fill(1, 2)
      Buffer.alloc(5).fill(1, 2, 9)
      Buffer.alloc(5).fill(1, -1)
      Buffer.alloc(5).fill(1, 9)
      Buffer.alloc(5).fill(1, 'x')
      Buffer.alloc(5).fill('')
      Buffer.alloc(5).fill('zz', 'hex')
      Buffer.alloc(5).fill('a', 'nonsense')
      Buffer.alloc(5).fill('a', 0, 5, 'nonsense')
      Buffer.alloc(5).fill('a', 0, 5, 5)
      Buffer.alloc(5).fill(new Uint8Array([1, 2]))
      Buffer.alloc(5).fill({})
      Buffer.alloc(5).fill()
      Buffer.from([1, 2, 3, 4]).swap16()
      Buffer.from([1, 2, 3, 4]).swap32()
      Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64()
      Buffer.from([1, 2, 3]).swap16()
      Buffer.from([1, 2, 3]).swap32()
      Buffer.from([1, 2, 3]).swap64()
      Buffer.alloc(5).write('abc')
      Buffer.alloc(5).write('abc', 3)
      Buffer.alloc(5).write('abc', 6)
      Buffer.alloc(5).write('abc', -1)
      Buffer.alloc(5).write('abc', 1, 9)
      Buffer.alloc(5).write('abc', 1, -1)
      Buffer.alloc(5).write('abc', '1')
      Buffer.alloc(5).write('abc', 'nonsense')
      Buffer.alloc(5).write('abc', 1, 1, 'nonsense')
      Buffer.alloc(5).write(5)
      Buffer.alloc(5).write()
      Buffer.alloc(5).write('abc', 1.5)
      Buffer.alloc(2).write('\u20ac')
      Buffer.from('abcdef').copy(Buffer.alloc(3))
      Buffer.from('abcdef').copy(Buffer.alloc(3), 1, 2)
      Buffer.from('abcdef').copy(Buffer.alloc(3), 9)
      Buffer.from('abcdef').copy(Buffer.alloc(3), -1)
      Buffer.from('abcdef').copy(Buffer.alloc(3), 0, 7)
      Buffer.from('abcdef').copy(Buffer.alloc(3), 0, -1)
      Buffer.from('abcdef').copy(Buffer.alloc(3), 0, 1, -1)
      Buffer.from('abcdef').copy(Buffer.alloc(3), 0, 4, 2)
      Buffer.from('abcdef').copy(Buffer.alloc(3), '1', '2', '3')
      Buffer.from('abcdef').copy('x')
      Buffer.from('abcdef').copy()
      [...Buffer.from('ab').entries()]
      [...Buffer.from('ab').keys()]
      [...Buffer.from('ab').values()]
      Buffer.from('abc').map((byte) => byte + 1)
      Buffer.from('abc').filter((byte) => byte > 97)
      Buffer.from('abc').reverse()
      Buffer.from('abc').at(-1)
      Buffer.from('abc').map((byte) => byte) instanceof Buffer
      Buffer.from('abc').constructor === Buffer
      Object.prototype.toString.call(Buffer.from('abc'))
      Buffer.name + Buffer.length
      class extends Buffer {}.name
      buffer.transcode(Buffer.from('\u20ac'), 'utf8', 'ascii')
      buffer.transcode(Buffer.from('\u20ac\u00fc'), 'utf8', 'latin1')
      buffer.transcode(Buffer.from('\u20ac'), 'utf8', 'utf16le')
      buffer.transcode(Buffer.from('ab', 'ucs2'), 'ucs2', 'utf8')
      buffer.transcode(Buffer.from('\u00fc', 'latin1'), 'latin1', 'utf8')
      buffer.transcode(Buffer.from('a'), 'utf8', 'hex')
      buffer.transcode('a', 'utf8', 'latin1')
      buffer.isUtf8(Buffer.from('\u20ac'))
      buffer.isUtf8(Buffer.from([0xff]))
      buffer.isUtf8('x')
      buffer.isAscii(Buffer.from('a'))
      buffer.isAscii(Buffer.from([0x80]))
      buffer.isAscii(new ArrayBuffer(1))
      buffer.btoa('hello')
      buffer.btoa('\u00ff')
      buffer.btoa(5)
      buffer.btoa(null)
      buffer.atob('aGVsbG8=')
      buffer.atob(' aGVs bG8 ')
      buffer.atob('')
      buffer.atob('aA')
      buffer.kMaxLength
      buffer.kStringMaxLength
      buffer.constants
      buffer.INSPECT_MAX_BYTES
      buffer.SlowBuffer(3).length
      buffer.SlowBuffer.prototype === buffer.Buffer.prototype
    `, { Buffer, buffer, hay, wide });
    for (const text of ['\u0100', 'a=b', 'a', 'a==', '=', '****']) {
      attempt(`btoa and atob ${JSON.stringify(text)}`, () => { try { return buffer.atob(text); } catch (error) { return [error.name, error.message, error.code]; } });
    }
    attempt('btoa beyond Latin-1', () => { try { return buffer.btoa('\u0100'); } catch (error) { return [error.name, error.message, error.code]; } });
    attempt('shared memory', () => { const b = Buffer.from('abc'); const s = b.slice(1); s[0] = 120; const c = Buffer.from(b.buffer, b.byteOffset, 2); c[0] = 121; return b.toString(); });
    attempt('copies', () => { const b = Buffer.from('abc'); const c = Buffer.from(b); c[0] = 120; const u = new Uint8Array(2); const d = Buffer.from(u.buffer); u[1] = 9; return [b.toString(), d]; });
    attempt('copy overlapping', () => { const b = Buffer.from('abcdefgh'); return [b.copy(b, 2, 0, 5), b.toString()]; });
    attempt('copy into', () => { const t = Buffer.alloc(6, '.'); return [Buffer.from('abcdef').copy(t, 1, 2, 5), t.toString(), Buffer.from('xyz').copy(t, 4), t.toString()]; });
    attempt('subclassed', () => { class Mine extends Uint8Array {} return [Buffer.from(new Mine(2)), Buffer.concat([new Mine(2)])]; });
    attempt('index', () => { const b = Buffer.from('abc'); b[5] = 1; b[0] = 300; b[1] = -1; return [b, b[5], b.length]; });
  },
})
