({
  async run({ print, attempt, each }) {
    const crypto = load('crypto');
    const names = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512-224', 'sha512-256', 'ripemd160'];
    const inputs = ['', 'a', 'h\u00e9llo \u20ac', 'x'.repeat(63), 'y'.repeat(64), 'z'.repeat(200)];
    for (const name of names) {
      for (const input of inputs) {
        attempt(`${name} ${input.length}`, () => crypto.createHash(name).update(input).digest('hex'));
        attempt(`hmac ${name} ${input.length}`, () => crypto.createHmac(name, input).update('data').digest('base64'));
      }
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1', 'binary', 'utf8', 'ucs2', 'ascii', 'buffer', 'nonsense', null, undefined]) {
        attempt(`${name} digest ${encoding}`, () => crypto.createHash(name).update('abc').digest(encoding));
      }
      attempt(`hash ${name}`, () => [crypto.hash(name, 'abc'), crypto.hash(name, Buffer.from('abc'), 'base64')]);
    }
    const spellings = ['SHA256', 'Sha-256', 'sha2-256', 'RSA-SHA256', 'rsa-md5', 'SHA512/256', 'sha2-512/256', 'RSA-SHA512/224',
      'sha-512', 'RSA-SHA1-2', 'sha512-256WithRSAEncryption', 'Sha256WithRsaEncryption', 'RMD160', 'ripemd', 'ripemd160WithRSA', 'RIPEMD-160',
      'sha-1', 'ssl3-md5', 'ssl3-sha1', 'md5WithRSAEncryption', 'sha_256', 'sha 256', '', 'md4x', 'sha-512/224'];
    for (const name of spellings) {
      attempt(`createHash ${name}`, () => crypto.createHash(name).update('abc').digest('hex'));
      attempt(`createHmac ${name}`, () => crypto.createHmac(name, 'key').update('abc').digest('hex'));
    }
    each(`
      crypto.createHash('sha256', { outputLength: 32 }).digest('hex')
      crypto.createHash('sha256', { outputLength: 31 })
      crypto.createHash('sha256', { outputLength: 'x' })
      crypto.createHash('sha256', { outputLength: -1 })
      crypto.createHash('sha256', { outputLength: 1.5 })
      crypto.createHash('sha256', 5).digest('hex')
      crypto.createHash('sha256', null).digest('hex')
      crypto.Hash('md5').update('a').digest('hex')
      new crypto.Hash('md5').constructor.name
      crypto.createHash('md5') instanceof crypto.Hash
      crypto.createHmac('md5', 'a') instanceof crypto.Hmac
      crypto.Hmac('md5', 'a').digest('hex')
      crypto.createHash(5)
      crypto.createHash(null)
      crypto.createHash('md5').update(null)
      crypto.createHash('md5').update({})
      crypto.createHash('md5').update([1])
      crypto.createHash('md5').update(new ArrayBuffer(2))
      crypto.createHash('md5').update(new Float64Array([1, 2])).digest('hex')
      crypto.createHash('md5').update('zz', 'hex').digest('hex')
      crypto.createHash('md5').update('abc', 'hex')
      crypto.createHash('md5').update('YQ', 'base64').digest('hex')
      crypto.createHash('md5').update('a', 'ucs2').digest('hex')
      crypto.createHash('md5').update('\u00ff', 'binary').digest('hex')
      crypto.createHmac('sha256')
      crypto.createHmac('sha256', null)
      crypto.createHmac('sha256', 5)
      crypto.createHmac(5, 'a')
      crypto.createHmac('nonsense', 'a')
      crypto.createHmac('sha256', new ArrayBuffer(3)).digest('hex')
      crypto.createHmac('sha256', new Uint16Array([1, 2])).digest('hex')
      crypto.createHmac('sha256', '6162', { encoding: 'hex' }).digest('hex')
      crypto.createHmac('sha256', crypto.createSecretKey('ab', 'utf8')).digest('hex')
      crypto.createHmac('sha256', 'ab').digest('hex')
      crypto.hash('nonsense', 'a')
      crypto.hash(5, 'a')
      crypto.hash('sha1', 5)
      crypto.hash('sha1', 'a', 'buffer')
      crypto.hash('sha1', 'a', 'base64url')
      typeof crypto.getFips()
      crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))
      crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b'))
      crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))
      crypto.timingSafeEqual('a', Buffer.from('a'))
      crypto.timingSafeEqual(Buffer.from('a'), 5)
      crypto.timingSafeEqual(new Uint16Array([1]), new Uint8Array([1, 0]))
      crypto.timingSafeEqual(new ArrayBuffer(2), new DataView(new ArrayBuffer(2)))
      crypto.randomBytes(0)
      crypto.randomBytes(7).length
      crypto.randomBytes(1.5).length
      crypto.randomBytes(-1)
      crypto.randomBytes(2147483648)
      crypto.randomBytes('5')
      crypto.randomBytes(NaN)
      crypto.randomBytes(1, 'x')
      crypto.pseudoRandomBytes(3).length
      crypto.randomInt(1)
      crypto.randomInt(5, 6)
      crypto.randomInt(-3, -2)
      crypto.randomInt(3, 3)
      crypto.randomInt(5, 2)
      crypto.randomInt('x')
      crypto.randomInt(0, 1.5)
      crypto.randomInt(0, 281474976710656)
      crypto.randomInt(-281474976710655, 5)
      crypto.randomInt(1, 2, 'x')
      crypto.randomInt(0, 3) < 3
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())
      crypto.randomUUID({ disableEntropyCache: true }).length
      crypto.randomUUID(5)
      crypto.randomUUID({ disableEntropyCache: 5 })
      crypto.randomFillSync(Buffer.alloc(4)).length
      crypto.randomFillSync(5)
      crypto.randomFillSync('x')
      crypto.randomFillSync(Buffer.alloc(4), 5)
      crypto.randomFillSync(Buffer.alloc(4), -1)
      crypto.randomFillSync(Buffer.alloc(4), 'x')
      crypto.randomFillSync(Buffer.alloc(4), 1, 4)
      crypto.randomFillSync(Buffer.alloc(4), 1, 'x')
      crypto.randomFillSync(Buffer.alloc(4), 4).toString('hex')
      crypto.randomFillSync(new Uint16Array(3), 2, 2)
      crypto.randomFillSync(new Uint16Array(3), 4)
      crypto.randomFillSync(new ArrayBuffer(3)).byteLength
      crypto.randomFill(Buffer.alloc(3))
      crypto.randomFill(5, () => {})
      crypto.randomFill(Buffer.alloc(3), 9, () => {})
      crypto.randomFill(Buffer.alloc(3), 0, 5, () => {})
      crypto.getRandomValues(new Uint32Array(2)).length
      crypto.getRandomValues(new Uint8Array(65537))
    `, { crypto });
    attempt('update after digest', () => { const h = crypto.createHash('md5'); h.digest(); h.update('a'); });
    attempt('digest twice', () => { const h = crypto.createHash('md5'); h.digest(); h.digest(); });
    attempt('copy after digest', () => { const h = crypto.createHash('md5'); h.digest(); h.copy(); });
    attempt('copy', () => { const h = crypto.createHash('md5').update('a'); const c = h.copy().update('b'); return [h.digest('hex'), c.digest('hex'), c instanceof crypto.Hash]; });
    attempt('hmac twice', () => { const h = crypto.createHmac('md5', 'k').update('a'); return [h.digest('hex'), h.digest('hex'), h.digest()]; });
    attempt('hmac update after', () => { const h = crypto.createHmac('md5', 'k'); h.digest(); h.update('a'); });
    attempt('hashes of ours', () => ['md5', 'sha1', 'RSA-SHA256', 'sha512-256', 'ripemd160', 'ssl3-sha1'].every((name) => crypto.getHashes().includes(name)));
    const later = (label, start) => new Promise((resolve) => {
      try {
        start((...results) => { print(label, results); resolve(); });
      } catch (error) {
        print(`${label} at once`, error);
        resolve();
      }
    });
    await later('randomBytes', (done) => crypto.randomBytes(3, (error, bytes) => done(error, bytes.length)));
    await later('randomInt', (done) => crypto.randomInt(4, 5, done));
    await later('randomInt max', (done) => crypto.randomInt(1, done));
    await later('randomFill', (done) => crypto.randomFill(Buffer.alloc(3), (error, bytes) => done(error, bytes.length)));
    await later('randomFill offset', (done) => crypto.randomFill(Buffer.alloc(3), 3, (error, bytes) => done(error, bytes)));
    await later('randomFill size', (done) => crypto.randomFill(new Uint8Array(3), 1, 0, done));
  },
})
