({
  make() {
    const crypto = load('crypto');
    return ['aes-128-cbc', 'aes-256-ctr', 'aes-192-ecb', 'aes-256-gcm', 'des-ede3-cbc'].map((name) => {
      const info = crypto.getCipherInfo(name);
      const [key, iv] = [crypto.randomBytes(info.keyLength), info.ivLength === undefined ? null : crypto.randomBytes(info.ivLength)];
      const cipher = crypto.createCipheriv(name, key, iv);
      const text = cipher.update('made on the other side \u20ac', 'utf8', 'hex') + cipher.final('hex');
      return { name, key: key.toString('hex'), iv: iv && iv.toString('hex'), text, tag: name.endsWith('gcm') ? cipher.getAuthTag().toString('hex') : null };
    });
  },
  run({ print, attempt, each }, theirs) {
    const crypto = load('crypto');
    for (const { name, key, iv, text, tag } of theirs) {
      attempt(`theirs ${name}`, () => {
        const decipher = crypto.createDecipheriv(name, Buffer.from(key, 'hex'), iv && Buffer.from(iv, 'hex'));
        if (tag !== null) decipher.setAuthTag(tag, 'hex');
        return decipher.update(text, 'hex', 'utf8') + decipher.final('utf8');
      });
    }
    const names = [];
    for (const bits of [128, 192, 256]) for (const mode of ['cbc', 'ctr', 'ecb', 'gcm']) names.push(`aes-${bits}-${mode}`);
    names.push('des-ede3-cbc', 'des-ede3', 'des3', 'aes128', 'AES-256-CBC', 'id-aes128-GCM', 'AES192');
    const bytes = (length, from) => Buffer.from(Array.from({ length }, (_, i) => (from + i * 7) & 255));
    for (const name of names) {
      const info = crypto.getCipherInfo(name);
      print(`info ${name}`, info);
      const [key, iv] = [bytes(info.keyLength, 1), info.ivLength === undefined ? null : bytes(info.ivLength, 9)];
      for (const length of [0, 1, 8, 15, 16, 17, 32, 33, 100]) {
        attempt(`${name} ${length}`, () => {
          const cipher = crypto.createCipheriv(name, key, iv);
          const parts = [cipher.update(bytes(length, 3)), cipher.final()];
          const tag = info.mode === 'gcm' ? cipher.getAuthTag() : null;
          const decipher = crypto.createDecipheriv(name, key, iv);
          if (tag) decipher.setAuthTag(tag);
          const back = [decipher.update(Buffer.concat(parts)), decipher.final()];
          return [...parts, tag, ...back.map((part) => part.length), Buffer.concat(back).equals(bytes(length, 3))];
        });
      }
      attempt(`${name} in pieces`, () => {
        const cipher = crypto.createCipheriv(name, key, iv);
        const parts = [1, 0, 5, 10, 16, 31, 2].map((length) => cipher.update(bytes(length, length)));
        return [...parts, cipher.final()];
      });
      attempt(`${name} decrypted in pieces`, () => {
        const cipher = crypto.createCipheriv(name, key, iv);
        const all = Buffer.concat([cipher.update(bytes(50, 2)), cipher.final()]);
        const decipher = crypto.createDecipheriv(name, key, iv);
        if (info.mode === 'gcm') decipher.setAuthTag(cipher.getAuthTag());
        const parts = [];
        for (let at = 0; at < all.length; at += 9) parts.push(decipher.update(all.subarray(at, at + 9)));
        return [...parts, decipher.final()];
      });
    }
    for (const ivLength of [1, 8, 11, 12, 13, 16, 32, 60]) {
      for (const aad of [0, 1, 16, 20, 100]) {
        attempt(`gcm vector ${ivLength} aad ${aad}`, () => {
          const cipher = crypto.createCipheriv('aes-128-gcm', bytes(16, 1), bytes(ivLength, 2));
          cipher.setAAD(bytes(aad, 4));
          return [cipher.update('hello gcm', 'utf8', 'hex'), cipher.final('hex'), cipher.getAuthTag()];
        });
      }
    }
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1', 'utf8', 'ucs2', 'ascii']) {
      attempt(`text in ${encoding}`, () => {
        const cipher = crypto.createCipheriv('aes-128-ctr', bytes(16, 1), bytes(16, 2));
        return [cipher.update('a', 'utf8', encoding), cipher.update('bcd', 'utf8', encoding), cipher.update('\u00e9\u20ac', 'utf8', encoding), cipher.final(encoding)];
      });
      attempt(`decrypted text in ${encoding}`, () => {
        const cipher = crypto.createCipheriv('aes-128-ctr', bytes(16, 1), bytes(16, 2));
        const all = cipher.update('\u00e9\u20ac\ud83d\ude00 text, \ud800 and more');
        const decipher = crypto.createDecipheriv('aes-128-ctr', bytes(16, 1), bytes(16, 2));
        return [...[...all].map((byte) => decipher.update(Buffer.from([byte]), undefined, encoding)), decipher.final(encoding)];
      });
    }
    const key = bytes(16, 1);
    const iv = bytes(16, 2);
    const cipherOf = (name = 'aes-128-cbc', options) => crypto.createCipheriv(name, key, name.endsWith('ecb') ? null : iv, options);
    const decipherOf = (name = 'aes-128-cbc', options) => crypto.createDecipheriv(name, key, name.endsWith('ecb') ? null : iv, options);
    const ended = (cipher) => { cipher.final(); return cipher; };
    // Before what fails otherwise, as Node's messages may be those of an earlier failure that OpenSSL remembers.
    const broken = (label, feed, make, padding) => attempt(label, () => {
      const cipher = make();
      if (padding === false) cipher.setAutoPadding(false);
      return [cipher.update(feed), cipher.final()];
    });
    broken('not padded, encrypting', 'abc', () => cipherOf(), false);
    broken('not padded, whole', Buffer.alloc(32), () => cipherOf(), false);
    broken('not padded, decrypting', 'abc', () => decipherOf(), false);
    broken('not padded, decrypting whole', Buffer.alloc(32), () => decipherOf(), false);
    broken('wrong padding', Buffer.alloc(16), () => decipherOf());
    broken('short', Buffer.alloc(15), () => decipherOf());
    broken('long', Buffer.alloc(17), () => decipherOf());
    attempt('aad late', () => { const cipher = cipherOf('aes-128-gcm'); cipher.update('a'); cipher.setAAD(Buffer.alloc(3)); });
    attempt('tag late', () => { const cipher = decipherOf('aes-128-gcm'); cipher.update('a'); return cipher.setAuthTag(Buffer.alloc(16)).final(); });
    attempt('changed encoding', () => { const cipher = cipherOf(); cipher.update('a', 'utf8', 'hex'); return cipher.final('base64'); });
    attempt('changed tag', () => {
      const cipher = cipherOf('aes-128-gcm');
      const text = cipher.update('secret');
      cipher.final();
      const tag = cipher.getAuthTag();
      tag[3] ^= 1;
      const decipher = decipherOf('aes-128-gcm');
      decipher.setAuthTag(tag);
      return [decipher.update(text, null, 'utf8'), decipher.final()];
    });
    attempt('ciphers of ours', () => ['aes-128-cbc', 'aes256', 'id-aes256-GCM', 'des-ede3-cbc'].every((name) => crypto.getCiphers().includes(name)));
    each(`
      crypto.createCipheriv('nonsense', key, iv)
      crypto.createCipheriv(5, key, iv)
      crypto.createCipheriv('aes-128-cbc', Buffer.alloc(15), iv)
      crypto.createCipheriv('aes-128-cbc', key, Buffer.alloc(15))
      crypto.createCipheriv('aes-128-cbc', Buffer.alloc(15), Buffer.alloc(15))
      crypto.createCipheriv('aes-128-cbc', key, null)
      crypto.createCipheriv('aes-128-cbc', key)
      crypto.createCipheriv('aes-128-ecb', key, iv)
      crypto.createCipheriv('aes-128-ecb', key, '').final()
      crypto.createCipheriv('aes-128-cbc', 5, iv)
      crypto.createCipheriv('aes-128-cbc', key, 5)
      crypto.createCipheriv('aes-128-cbc', '0123456789abcdef', 'fedcba9876543210').final('hex')
      crypto.createCipheriv('aes-128-cbc', crypto.createSecretKey(key), iv).final()
      crypto.createCipheriv('aes-128-cbc', new Uint8Array(16).buffer, new DataView(new ArrayBuffer(16))).final()
      crypto.createCipheriv('aes-128-gcm', key, '')
      crypto.createCipheriv('aes-128-gcm', key, null)
      cipherOf('aes-128-gcm').getAuthTag()
      decipherOf('aes-128-gcm').getAuthTag === undefined
      cipherOf('aes-128-gcm').setAuthTag === undefined
      decipherOf('aes-128-gcm').setAuthTag(Buffer.alloc(3))
      decipherOf('aes-128-gcm').setAuthTag(Buffer.alloc(16)).setAuthTag(Buffer.alloc(16))
      decipherOf('aes-128-gcm').final()
      decipherOf('aes-128-gcm').setAuthTag(Buffer.alloc(16)).final()
      decipherOf('aes-128-gcm').setAuthTag(5)
      decipherOf('aes-128-gcm').setAuthTag('aaaaaaaaaaaaaaaa').final()
      ended(cipherOf('aes-128-gcm', { authTagLength: 4 })).getAuthTag()
      ended(cipherOf('aes-128-gcm', { authTagLength: 13 })).getAuthTag()
      cipherOf('aes-128-gcm', { authTagLength: 5 })
      cipherOf('aes-128-gcm', { authTagLength: 'x' })
      cipherOf('aes-128-gcm', { authTagLength: -1 })
      decipherOf('aes-128-gcm', { authTagLength: 16 }).setAuthTag(Buffer.alloc(12))
      decipherOf('aes-128-gcm').setAuthTag(ended(cipherOf('aes-128-gcm')).getAuthTag().subarray(0, 8)).final()
      decipherOf('aes-128-gcm').setAuthTag(ended(cipherOf('aes-128-gcm')).getAuthTag()).final()
      cipherOf('aes-128-gcm').setAAD(5)
      cipherOf('aes-128-gcm').setAAD('abc').constructor.name
      ended(cipherOf('aes-128-gcm').setAAD('6162', { encoding: 'hex' })).getAuthTag()
      ended(cipherOf('aes-128-gcm').setAAD(Buffer.from('a')).setAAD(Buffer.from('b'))).getAuthTag()
      ended(cipherOf('aes-128-gcm')).setAAD(Buffer.alloc(3))
      cipherOf().setAAD(Buffer.alloc(3))
      ended(cipherOf()).getAuthTag()
      decipherOf().setAuthTag(Buffer.alloc(16))
      ended(cipherOf()).final()
      ended(cipherOf()).update('a')
      ended(cipherOf('aes-128-gcm')).final()
      ended(cipherOf('aes-128-gcm')).update('a')
      ended(cipherOf('aes-128-ctr')).final()
      ended(cipherOf()).setAutoPadding(false)
      cipherOf().setAutoPadding(false).final()
      cipherOf().setAutoPadding().final()
      cipherOf().setAutoPadding(true).final()
      cipherOf('aes-128-ctr').setAutoPadding(false).update('abc')
      decipherOf().final()
      cipherOf().update(5)
      cipherOf().update(undefined)
      cipherOf().update('')
      cipherOf().update('a', 'utf8', 'nonsense')
      cipherOf().update('616', 'hex')
      cipherOf().update('6162', 'hex', 'hex')
      cipherOf().final('nonsense')
      cipherOf() instanceof crypto.Cipheriv
      decipherOf() instanceof crypto.Decipheriv
      crypto.Cipheriv('aes-128-cbc', key, iv) instanceof crypto.Cipheriv
      cipherOf().constructor.name
      crypto.getCipherInfo('aes-128-gcm', { keyLength: 16, ivLength: 5 })
      crypto.getCipherInfo('aes-128-gcm', { keyLength: 17 })
      crypto.getCipherInfo('aes-128-cbc', { ivLength: 17 })
      crypto.getCipherInfo('aes-128-cbc', { ivLength: 16 })
      crypto.getCipherInfo(418)
      crypto.getCipherInfo(901)
      crypto.getCipherInfo('nonsense')
      crypto.getCipherInfo({})
    `, { crypto, key, iv, cipherOf, decipherOf, ended });
  },
})
