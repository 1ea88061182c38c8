({
  async run({ print, attempt, each }) {
    const crypto = load('crypto');
    for (const digest of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'RSA-SHA256', 'ripemd160']) {
      for (const [iterations, length] of [[1, 20], [2, 64], [100, 33], [1, 0], [5000, 7]]) {
        attempt(`pbkdf2 ${digest} ${iterations} ${length}`, () => crypto.pbkdf2Sync('password', 'salt', iterations, length, digest));
      }
      for (const length of [0, 1, 16, 20, 100]) {
        attempt(`hkdf ${digest} ${length}`, () => crypto.hkdfSync(digest, 'key', 'salt', 'info', length));
      }
    }
    each(`
      crypto.pbkdf2Sync('', '', 1, 10, 'sha1')
      crypto.pbkdf2Sync(Buffer.from('a'), new Uint16Array([1]), 1, 10, 'sha1')
      crypto.pbkdf2Sync(new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), 1, 10, 'sha1')
      crypto.pbkdf2Sync('a', 'b', 1, 20, 'nonsense')
      crypto.pbkdf2Sync('a', 'b', 1, 20)
      crypto.pbkdf2Sync('a', 'b', 1, 20, null)
      crypto.pbkdf2Sync('a', 'b', 0, 20, 'sha1')
      crypto.pbkdf2Sync('a', 'b', '1', 20, 'sha1')
      crypto.pbkdf2Sync('a', 'b', 1.5, 20, 'sha1')
      crypto.pbkdf2Sync('a', 'b', 2147483648, 20, 'sha1')
      crypto.pbkdf2Sync('a', 'b', 1, -1, 'sha1')
      crypto.pbkdf2Sync('a', 'b', 1, 'x', 'sha1')
      crypto.pbkdf2Sync('a', 'b', 1, 4294967296, 'sha1')
      crypto.pbkdf2Sync(5, 'b', 1, 1, 'sha1')
      crypto.pbkdf2Sync('a', 5, 1, 1, 'sha1')
      crypto.pbkdf2('a', 'b', 1, 1, 'sha1')
      crypto.pbkdf2('a', 'b', 1, 1, () => {})
      crypto.pbkdf2('a', 'b', 1, 1, 'nonsense', () => {})
      crypto.scryptSync('password', 'NaCl', 64, { N: 1024, r: 8, p: 16 })
      crypto.scryptSync('', '', 64, { N: 16, r: 1, p: 1 })
      crypto.scryptSync('a', 'b', 20)
      crypto.scryptSync('a', 'b', 5, { cost: 16, blockSize: 1, parallelization: 2 })
      crypto.scryptSync(Buffer.from('a'), Buffer.from('b'), 5, { N: 2, p: 3 })
      crypto.scryptSync('a', 'b', 20, { N: 3 })
      crypto.scryptSync('a', 'b', 20, { N: 1 })
      crypto.scryptSync('a', 'b', 20, { N: 0 })
      crypto.scryptSync('a', 'b', 20, { N: -1 })
      crypto.scryptSync('a', 'b', 20, { N: 1.5 })
      crypto.scryptSync('a', 'b', 20, { N: 'x' })
      crypto.scryptSync('a', 'b', 20, { N: 16, cost: 16 })
      crypto.scryptSync('a', 'b', 20, { r: 1, blockSize: 16 })
      crypto.scryptSync('a', 'b', 20, { p: 1, parallelization: 16 })
      crypto.scryptSync('a', 'b', 20, { N: 2 ** 20 })
      crypto.scryptSync('a', 'b', 20, { maxmem: 1 })
      crypto.scryptSync('a', 'b', 20, { maxmem: 'x' })
      crypto.scryptSync('a', 'b', 4, { N: 16384, r: 8, p: 1, maxmem: 128 * 8 * 16384 })
      crypto.scryptSync('a', 'b', 4, { N: 16384, r: 8, p: 1, maxmem: 128 * 8 * 16386 + 1023 })
      crypto.scryptSync('a', 'b', 4, { N: 16384, r: 8, p: 1, maxmem: 128 * 8 * 16387 })
      crypto.scryptSync('a', 'b', -1)
      crypto.scryptSync('a', 'b', 0)
      crypto.scryptSync('a', 'b', 'x')
      crypto.scryptSync(5, 'b', 0)
      crypto.scryptSync('a', 5, 0)
      crypto.scrypt('a', 'b', 1)
      crypto.scrypt('a', 'b', 1, {})
      crypto.hkdfSync('nonsense', 'k', 's', 'i', 10)
      crypto.hkdfSync(5, 'k', 's', 'i', 10)
      crypto.hkdfSync('sha256', 5, 's', 'i', 10)
      crypto.hkdfSync('sha256', 'k', 5, 'i', 10)
      crypto.hkdfSync('sha256', 'k', 's', 5, 10)
      crypto.hkdfSync('sha256', 'k', 's', 'i')
      crypto.hkdfSync('sha256', 'k', 's', 'i', -1)
      crypto.hkdfSync('sha256', 'k', 's', 'i', 255 * 32 + 1)
      crypto.hkdfSync('sha256', 'k', 's', 'i', 255 * 32).byteLength
      crypto.hkdfSync('sha256', 'k', 's', Buffer.alloc(1025), 1)
      crypto.hkdfSync('sha256', '', '', '', 10)
      crypto.hkdfSync('sha256', crypto.createSecretKey('k', 'utf8'), Buffer.from('s'), new Uint8Array(2), 10)
      crypto.hkdf('sha256', '', '', '', 0)
    `, { crypto });
    const later = (label, start) => new Promise((resolve) => start((...results) => { print(label, results); resolve(); }));
    await later('pbkdf2', (done) => crypto.pbkdf2('a', 'b', 3, 10, 'sha256', done));
    await later('scrypt', (done) => crypto.scrypt('a', 'b', 10, done));
    await later('scrypt options', (done) => crypto.scrypt('a', 'b', 10, { N: 2 }, done));
    await later('hkdf', (done) => crypto.hkdf('sha256', 'a', 'b', 'c', 10, done));
  },
})
