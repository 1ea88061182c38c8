({
  make() {
    const crypto = load('crypto');
    const made = [];
    const data = Buffer.from('what is signed');
    const keys = {
      rsa: crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }), p256: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      p384: crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }), p521: crypto.generateKeyPairSync('ec', { namedCurve: 'P-521' }),
      ed: crypto.generateKeyPairSync('ed25519'),
    };
    const pems = {};
    const add = (key, hash, options) => {
      const signature = crypto.sign(hash, data, { key: keys[key].privateKey, ...options });
      made.push({ key, hash, options, signature: signature.toString('hex') });
    };
    for (const name of Object.keys(keys)) pems[name] = keys[name].privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
      add('rsa', hash, {});
      for (const saltLength of [undefined, -1, -2, 0, 11]) add('rsa', hash, { padding: 6, saltLength });
      for (const key of ['p256', 'p384', 'p521']) for (const dsaEncoding of ['der', 'ieee-p1363']) add(key, hash, { dsaEncoding });
    }
    add('rsa', undefined, {});
    add('p256', null, {});
    add('ed', null, {});
    const sealed = [{}, { padding: 1 }, { oaepHash: 'sha256' }, { oaepHash: 'sha512', oaepLabel: Buffer.from('label') }].map((options) => ({
      options: { ...options, oaepLabel: options.oaepLabel && options.oaepLabel.toString() },
      text: crypto.publicEncrypt({ key: keys.rsa.publicKey, ...options }, data).toString('hex'),
    }));
    // Only Node makes keys as small as this one.
    const small = typeof process === 'object' ? crypto.generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) : null;
    return { pems, made, sealed, small };
  },
  async run({ print, attempt, each }, theirs, shared) {
    const crypto = load('crypto');
    const data = Buffer.from('what is signed');
    for (const { key, hash, options, signature } of theirs.made) {
      attempt(`theirs ${key} ${hash} ${JSON.stringify(options)}`, () => {
        const publicKey = { key: theirs.pems[key], ...options };
        const bytes = Buffer.from(signature, 'hex');
        const changed = Buffer.from(bytes);
        changed[changed.length - 1] ^= 1;
        const salted = options.padding === 6 ? [-1, -2, 0, 11, 20].map((saltLength) => crypto.verify(hash, data, { ...publicKey, saltLength }, bytes)) : [];
        if (options.padding === 6 && options.saltLength === undefined) salted.length = 0;
        return [bytes.length > 60, crypto.verify(hash, data, publicKey, bytes), crypto.verify(hash, Buffer.from('other'), publicKey, bytes), crypto.verify(hash, data, publicKey, changed), ...salted];
      });
    }
    for (const { options, text } of theirs.sealed) {
      if (options.padding === 1) continue;
      attempt(`sealed ${JSON.stringify(options)}`, () => crypto.privateDecrypt({ key: theirs.pems.rsa, ...options }, Buffer.from(text, 'hex')).toString());
    }
    const keys = {};
    for (const name of Object.keys(shared.pems)) keys[name] = crypto.createPrivateKey(shared.pems[name]);
    // Not random: the same bytes on both sides.
    for (const hash of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512-256', 'ripemd160', 'RSA-SHA256', 'rsa-sha512']) {
      attempt(`rsa ${hash}`, () => crypto.createSign(hash).update('da').update('ta').sign(keys.rsa, 'base64'));
      attempt(`rsa one shot ${hash}`, () => crypto.sign(hash, Buffer.from('data'), shared.pems.rsa));
    }
    attempt('ed25519', () => crypto.sign(null, Buffer.from('data'), keys.ed));
    attempt('ed25519 empty', () => crypto.sign(undefined, Buffer.alloc(0), keys.ed));
    attempt('private encrypt', () => crypto.privateEncrypt(keys.rsa, Buffer.from('data')));
    for (const { key, hash, options, signature } of shared.made) {
      if (key === 'ed' || hash == null) continue;
      attempt(`streamed ${key} ${hash} ${JSON.stringify(options)}`, () => crypto.createVerify(hash).update(data).verify({ key: crypto.createPublicKey(keys[key]), ...options }, signature, 'hex'));
    }
    const rsa = keys.rsa;
    const { p256, ed } = keys;
    const rsaPublic = crypto.createPublicKey(rsa);
    const ecPublic = crypto.createPublicKey(p256);
    const secret = crypto.createSecretKey(Buffer.from('ab'));
    const signer = (hash = 'sha256') => crypto.createSign(hash).update('a');
    const verifier = (hash = 'sha256') => crypto.createVerify(hash).update('a');
    each(`
      crypto.createSign('nonsense')
      crypto.createSign(5)
      crypto.createSign()
      crypto.createVerify('nonsense')
      crypto.createVerify(5)
      crypto.createSign('sha256') instanceof crypto.Sign
      crypto.createVerify('sha256') instanceof crypto.Verify
      crypto.Sign('sha256').constructor.name
      crypto.createSign('sha256').update(5)
      crypto.createSign('sha256').update()
      crypto.createSign('sha256').update('616', 'hex')
      signer().sign()
      signer().sign(null)
      signer().sign('')
      signer().sign(5)
      signer().sign({})
      signer().sign(rsaPublic)
      signer().sign(secret)
      signer().sign(ed)
      verifier().verify(crypto.createPublicKey(ed), Buffer.alloc(3))
      signer().sign({ key: rsa, padding: 99 })
      signer().sign({ key: rsa, padding: 3 })
      signer().sign({ key: rsa, padding: 'x' })
      signer().sign({ key: rsa, padding: 1.5 })
      signer().sign({ key: rsa, padding: 6, saltLength: 'x' })
      signer().sign({ key: rsa, padding: 6, saltLength: 2000 })
      signer().sign({ key: rsa, padding: 6, saltLength: -5 })
      signer().sign({ key: rsa, padding: 6 }).length
      signer().sign({ key: rsa, dsaEncoding: 'x' })
      signer().sign({ key: p256, dsaEncoding: 'ieee-p1363' }).length
      signer().sign(rsa, 'hex').length
      signer().sign(rsa, 'base64').length
      signer().sign(rsa, 'buffer').length
      signer().sign({ key: rsa, passphrase: 'ignored' }).length
      verifier().verify({ key: rsa, padding: 6, saltLength: 2000 }, crypto.createSign('sha256').update('a').sign({ key: rsa, padding: 6 }))
      crypto.createPrivateKey(small).asymmetricKeyDetails
      crypto.sign('sha1', Buffer.from('a'), small)
      crypto.sign('sha512', Buffer.from('a'), small)
      verifier().verify()
      verifier().verify(rsa)
      verifier().verify(rsa, 5)
      verifier().verify(rsa, '')
      verifier().verify(rsa, 'zz', 'hex')
      verifier().verify(rsa, signer().sign(rsa))
      verifier().verify(rsa, signer().sign(rsa, 'hex'), 'hex')
      verifier().verify(rsa, signer().sign(rsa, 'latin1'), 'latin1')
      verifier().verify(rsaPublic, signer().sign(rsa, 'base64'), 'base64')
      verifier('sha512').verify(rsaPublic, signer().sign(rsa))
      verifier().verify({ key: rsaPublic, padding: 6 }, signer().sign(rsa))
      verifier().verify(ecPublic, 'abcd', 'hex')
      verifier().verify({ key: ecPublic, dsaEncoding: 'ieee-p1363' }, 'abcd', 'hex')
      verifier().verify({ key: ecPublic, dsaEncoding: 'ieee-p1363' }, Buffer.alloc(64))
      verifier().verify(secret, Buffer.alloc(3))
      crypto.sign('sha256', 'a', rsa).equals(signer().sign(rsa))
      crypto.sign('sha256', new Uint8Array([97]), rsa).equals(signer().sign(rsa))
      crypto.sign('sha256', 5, rsa)
      crypto.sign('sha256', Buffer.from('a'))
      crypto.sign('nonsense', Buffer.from('a'), rsa)
      crypto.sign(5, Buffer.from('a'), rsa)
      crypto.sign('sha256', Buffer.from('a'), ed)
      crypto.sign('sha256', Buffer.from('a'), rsa, 5)
      crypto.verify('sha256', Buffer.from('a'), rsa, 'x')
      crypto.verify('nonsense', Buffer.from('a'), rsa, Buffer.alloc(1))
      crypto.verify(null, Buffer.from('a'), ed, Buffer.alloc(64))
      crypto.verify(null, Buffer.from('a'), ed, Buffer.alloc(3))
      crypto.publicEncrypt(rsa, Buffer.alloc(8)).length
      crypto.publicEncrypt({ key: rsa, padding: 1 }, 'a').length
      crypto.publicEncrypt(rsa, Buffer.alloc(256))
      crypto.publicEncrypt({ key: rsa, padding: 1 }, Buffer.alloc(256))
      crypto.publicEncrypt({ key: rsa, padding: 77 }, Buffer.alloc(1))
      crypto.publicEncrypt({ key: rsa, oaepHash: 5 }, Buffer.alloc(1))
      crypto.publicEncrypt({ key: rsa, oaepHash: 'nonsense' }, Buffer.alloc(1))
      crypto.publicEncrypt({ key: rsa, oaepLabel: 5 }, Buffer.alloc(1))
      crypto.publicEncrypt(rsa, 5)
      crypto.publicEncrypt()
      crypto.publicEncrypt(p256, Buffer.alloc(1))
      crypto.privateDecrypt(rsaPublic, Buffer.alloc(256))
      crypto.privateDecrypt(rsa, Buffer.alloc(256, 1))
      crypto.privateDecrypt(rsa, Buffer.alloc(12))
      crypto.privateDecrypt(rsa, crypto.publicEncrypt(rsaPublic, 'abc')).toString()
      crypto.privateDecrypt({ key: rsa, oaepLabel: 'l' }, crypto.publicEncrypt({ key: rsaPublic, oaepLabel: 'l' }, 'abc')).toString()
    `, { crypto, rsa, p256, ed, rsaPublic, ecPublic, secret, signer, verifier, small: shared.small });
    attempt('sign twice', () => { const one = signer(); one.sign(rsa); one.sign(rsa); });
    attempt('update after sign', () => { const one = signer(); one.sign(rsa); one.update('a'); });
    attempt('verify twice', () => { const one = verifier(); one.verify(rsa, 'aa', 'hex'); one.verify(rsa, 'aa', 'hex'); });
    await new Promise((resolve) => crypto.sign('sha256', Buffer.from('a'), rsa, (...results) => { print('sign', results); resolve(); }));
    await new Promise((resolve) => crypto.verify('sha256', Buffer.from('a'), rsa, Buffer.alloc(256), (...results) => { print('verify', results); resolve(); }));
  },
})
