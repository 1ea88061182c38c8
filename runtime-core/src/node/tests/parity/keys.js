({
  make() {
    const crypto = load('crypto');
    const made = {};
    // A passphrase that ends so. Most show in the padding; one in 256 leaves a right padding around what is no key.
    const wrong = (key, code) => {
      for (let number = 0; number < 10000; number++) {
        const passphrase = `wrong ${number}`;
        try {
          crypto.createPrivateKey({ key, passphrase });
        } catch (error) {
          if (error.code === code) return passphrase;
        }
      }
      throw new Error(`no passphrase of 10000 ends with ${code}`);
    };
    for (const [name, type, options] of [
      ['rsa', 'rsa', { modulusLength: 1024 }], ['odd', 'rsa', { modulusLength: 1030, publicExponent: 3 }],
      ['p256', 'ec', { namedCurve: 'P-256' }], ['p384', 'ec', { namedCurve: 'secp384r1' }], ['p521', 'ec', { namedCurve: 'P-521' }],
      ['ed', 'ed25519', undefined],
    ]) {
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
      made[name] = {
        pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        spki: publicKey.export({ type: 'spki', format: 'pem' }),
        der: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('hex'),
        jwk: privateKey.export({ format: 'jwk' }),
        locked: privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open \u00fc' }),
        locked128: privateKey.export({ type: 'pkcs8', format: 'der', cipher: 'aes-128-cbc', passphrase: 'x' }).toString('hex'),
      };
      if (type === 'rsa') made[name].old = privateKey.export({ type: 'pkcs1', format: 'pem' });
      if (type === 'ec') made[name].old = privateKey.export({ type: 'sec1', format: 'pem' });
      // Only Node's side makes keys that are locked in old ways.
      try {
        made[name].des = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'des-ede3-cbc', passphrase: 'x' });
        if (type !== 'ed25519') {
          const old = type === 'rsa' ? 'pkcs1' : 'sec1';
          made[name].oldLocked = privateKey.export({ type: old, format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' });
          made[name].oldDes = privateKey.export({ type: old, format: 'pem', cipher: 'des-ede3-cbc', passphrase: 'x' });
        }
      } catch {
        made[name].noOldLocks = true;
        continue;
      }
      made[name].wrong = [wrong(made[name].locked, 'ERR_OSSL_BAD_DECRYPT')];
      if (name === 'p256') made[name].wrong.push(wrong(made[name].locked, 'ERR_OSSL_UNSUPPORTED'));
    }
    return made;
  },
  async run({ print, attempt, each }, theirs, shared) {
    const crypto = load('crypto');
    const { Buffer } = globalThis;
    for (const name of Object.keys(theirs)) {
      const { pkcs8, spki, der, jwk, locked, locked128 } = theirs[name];
      const key = crypto.createPrivateKey(pkcs8);
      attempt(`theirs ${name}`, () => [
        key.type, key.asymmetricKeyType, key.asymmetricKeyDetails,
        crypto.createPrivateKey({ key: Buffer.from(der, 'hex'), format: 'der', type: 'pkcs8' }).equals(key),
        crypto.createPrivateKey({ key: jwk, format: 'jwk' }).equals(key),
        crypto.createPrivateKey({ key: locked, passphrase: 'open \u00fc' }).equals(key),
        crypto.createPrivateKey({ key: Buffer.from(locked128, 'hex'), format: 'der', type: 'pkcs8', passphrase: Buffer.from('x') }).equals(key),
        crypto.createPublicKey(pkcs8).equals(crypto.createPublicKey(spki)),
      ]);
    }
    for (const name of Object.keys(shared)) {
      const { pkcs8, spki, old, jwk, locked, oldLocked, oldDes, des, wrong } = shared[name];
      const key = crypto.createPrivateKey(pkcs8);
      const publicKey = crypto.createPublicKey(key);
      for (const type of ['pkcs8', 'pkcs1', 'sec1', 'spki']) {
        for (const format of ['pem', 'der']) {
          attempt(`${name} private ${type} ${format}`, () => key.export({ type, format }));
          attempt(`${name} public ${type} ${format}`, () => publicKey.export({ type, format }));
        }
      }
      attempt(`${name} jwk`, () => [key.export({ format: 'jwk' }), publicKey.export({ format: 'jwk' })]);
      attempt(`${name} details`, () => [key.asymmetricKeyDetails, publicKey.asymmetricKeyDetails, publicKey.type, key.symmetricKeySize]);
      attempt(`${name} from others`, () => [
        spki, crypto.createPublicKey({ key, format: 'pem' }).type, crypto.createPublicKey({ key: pkcs8 }).equals(publicKey),
        crypto.createPublicKey(Buffer.from(spki)).equals(publicKey), crypto.createPublicKey({ key: jwk, format: 'jwk' }).equals(publicKey),
        crypto.createPublicKey({ key: key.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' }).equals(publicKey),
        key.equals(crypto.createPrivateKey(`noise before\n${pkcs8}and after`)), key.equals(publicKey),
      ]);
      if (old) attempt(`${name} old`, () => [crypto.createPrivateKey(old).equals(key), crypto.createPublicKey(old).equals(publicKey)]);
      for (const [kind, text] of Object.entries({ locked, oldLocked, oldDes, des })) {
        if (!text) continue;
        attempt(`${name} ${kind}`, () => crypto.createPrivateKey({ key: text, passphrase: kind === 'locked' ? 'open \u00fc' : 'x' }).equals(key));
        attempt(`${name} ${kind} no passphrase`, () => crypto.createPrivateKey(text));
        attempt(`${name} ${kind} public`, () => crypto.createPublicKey({ key: text, passphrase: kind === 'locked' ? 'open \u00fc' : 'x' }).equals(publicKey));
      }
      wrong.forEach((passphrase, index) => {
        attempt(`${name} wrong passphrase ${index}`, () => crypto.createPrivateKey({ key: locked, passphrase }));
      });
    }
    const rsa = crypto.createPrivateKey(shared.rsa.pkcs8);
    const ec = crypto.createPrivateKey(shared.p256.pkcs8);
    const ed = crypto.createPrivateKey(shared.ed.pkcs8);
    const [rsaPublic, ecPublic] = [crypto.createPublicKey(rsa), crypto.createPublicKey(ec)];
    const secret = crypto.createSecretKey(Buffer.from('ab'));
    const certificate = [
      '-----BEGIN CERTIFICATE-----',
      'MIIBgjCCASmgAwIBAgIUC2ICSW9cd9iRy8/eWa3XsHNif8kwCgYIKoZIzj0EAwIw',
      'FjEUMBIGA1UEAwwLcGFyaXR5LnRlc3QwIBcNMjYxMTIzMDA0NTU3WhgPMjEyNjEw',
      'MzAwMDQ1NTdaMBYxFDASBgNVBAMMC3Bhcml0eS50ZXN0MFkwEwYHKoZIzj0CAQYI',
      'KoZIzj0DAQcDQgAEpS97aH+hqEjMsnrfSBUTx9aa3F6QxGdLJG6mQ4ORfmnfQEPF',
      'ZMgPNGwmNreUkpTYWVa2vBEdrECvDPU3NdzY6qNTMFEwHQYDVR0OBBYEFKCbPx48',
      'sK7mARLcoCCcnEyg8nzYMB8GA1UdIwQYMBaAFKCbPx48sK7mARLcoCCcnEyg8nzY',
      'MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgC0ucwcR/mbRfJqPm',
      'szcTmKPCcBPpSNcldqvziTxDsZYCIBV04RCA2CtTm54fQQgh7Y4ccmawNeomA8o1',
      'J1cI03E/',
      '-----END CERTIFICATE-----', '',
    ].join('\n');
    // As Snowflake's manual has keys made, by an OpenSSL whose default digest was SHA-1.
    const snow = [
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      'MIHVMEAGCSqGSIb3DQEFDTAzMBsGCSqGSIb3DQEFDDAOBAiDXY2gpMl+pAICCAAw',
      'FAYIKoZIhvcNAwcECAkApDKopR6FBIGQldtF/gzfmpg7fV2bokiymfqGNzIS0Iz4',
      'XV+vSlMlDJsf3eyOGlHUISuvkUYoQgSb0LTlix5r6O8XDyfQXrtQ7HyJxbp6mgVk',
      'g9n75wSLGomfPGHvRCCwhAdmEzcjelzITU8ete1Q3fWY4BxQ54A6pEOJxFWQ52nD',
      'KmEv1zgdGtsfquhXsMxCsuZ/psg8uyFD',
      '-----END ENCRYPTED PRIVATE KEY-----', '',
    ].join('\n');
    each(`
      crypto.createPublicKey({ key: snow, passphrase: 'snow' }).export({ type: 'spki', format: 'pem' })
      crypto.createPrivateKey({ key: snow, format: 'pem', passphrase: Buffer.from('snow') }).asymmetricKeyDetails
      crypto.createPrivateKey({ key: snow, passphrase: 'rain' })
      crypto.createPrivateKey(snow)
      crypto.createPublicKey(certificate).export({ type: 'spki', format: 'pem' })
      crypto.createPublicKey(certificate).asymmetricKeyDetails
      crypto.createPrivateKey(certificate)
      crypto.createPrivateKey('garbage')
      crypto.createPublicKey('garbage')
      crypto.createPrivateKey('')
      crypto.createPublicKey('')
      crypto.createPrivateKey('-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n')
      crypto.createPublicKey('-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n')
      crypto.createPrivateKey(rsaPublic.export({ type: 'spki', format: 'pem' }))
      crypto.createPrivateKey()
      crypto.createPublicKey()
      crypto.createPublicKey(5)
      crypto.createPrivateKey({})
      crypto.createPrivateKey({ key: null })
      crypto.createPrivateKey({ key: 5 })
      crypto.createPrivateKey({ key: 'x', format: 'x' })
      crypto.createPrivateKey({ key: Buffer.alloc(3), format: 'der' })
      crypto.createPrivateKey({ key: Buffer.alloc(3), format: 'der', type: 'x' })
      crypto.createPrivateKey({ key: Buffer.alloc(3), format: 'der', type: 'spki' })
      crypto.createPublicKey({ key: Buffer.alloc(3), format: 'der', type: 'spki' })
      crypto.createPublicKey({ key: Buffer.alloc(3), format: 'der', type: 'pkcs1' })
      crypto.createPublicKey({ key: Buffer.alloc(3), format: 'der' })
      crypto.createPrivateKey({ key: 'x', passphrase: 5 })
      crypto.createPrivateKey(rsa)
      crypto.createPrivateKey({ key: rsa })
      crypto.createPublicKey(rsaPublic)
      crypto.createPublicKey(secret)
      crypto.createSecretKey('616', 'hex').export()
      crypto.createSecretKey('aGk', 'base64').export()
      crypto.createSecretKey(Buffer.alloc(0)).symmetricKeySize
      crypto.createSecretKey(new Uint16Array([1, 2])).export()
      crypto.createSecretKey(5)
      crypto.createSecretKey(null)
      secret.export()
      secret.export({ format: 'jwk' })
      secret.export({ format: 'buffer' })
      secret.export({ format: 'pem' })
      secret.export(5)
      secret.export(null)
      [secret.type, secret.symmetricKeySize, secret.asymmetricKeyType, secret.asymmetricKeyDetails]
      secret.equals(crypto.createSecretKey(Buffer.from('ab')))
      secret.equals(crypto.createSecretKey(Buffer.from('ac')))
      secret.equals(crypto.createSecretKey(Buffer.from('abc')))
      secret.equals(rsa)
      secret.equals(5)
      rsa.equals(ec)
      rsa.export()
      rsa.export({})
      rsa.export(null)
      rsa.export({ format: 'x' })
      rsa.export({ format: 'pem' })
      rsa.export({ format: 'pem', type: 'x' })
      rsa.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc' })
      rsa.export({ format: 'pem', type: 'pkcs8', cipher: 5, passphrase: 'x' })
      rsa.export({ format: 'pem', type: 'pkcs8', cipher: 'nonsense', passphrase: 'x' })
      rsa.export({ format: 'pem', type: 'pkcs8', passphrase: 'x' })
      rsa.export({ format: 'der', type: 'pkcs1', cipher: 'aes-256-cbc', passphrase: 'x' })
      rsa.export({ format: 'jwk', passphrase: 'x' })
      rsaPublic.export()
      rsaPublic.export({ format: 'pem' })
      Object.prototype.toString.call(rsa)
      [rsa.constructor.name, ecPublic.constructor.name, secret.constructor.name]
      [rsa, secret, ecPublic].map((key) => key instanceof crypto.KeyObject)
      Object.keys(rsa)
      JSON.stringify(rsa)
      new crypto.KeyObject('x')
      new crypto.KeyObject('secret', 5)
      new crypto.KeyObject('secret')
      crypto.KeyObject.from(5)
      crypto.createPrivateKey({ key: {}, format: 'jwk' })
      crypto.createPrivateKey({ key: 5, format: 'jwk' })
      crypto.createPublicKey({ key: null, format: 'jwk' })
      crypto.createPrivateKey({ key: { kty: 'RSA' }, format: 'jwk' })
      crypto.createPrivateKey({ key: { kty: 'RSA', n: 'aa', e: 'bb' }, format: 'jwk' })
      crypto.createPrivateKey({ key: { kty: 'RSA', n: 'aa', e: 'bb', d: 'cc' }, format: 'jwk' })
      crypto.createPrivateKey({ key: { kty: 'x' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'EC', crv: 'x', x: 'a', y: 'b' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: 'a' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: 'a' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'OKP', crv: 'x', x: 'a' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519' }, format: 'jwk' })
      crypto.createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: 'AA' }, format: 'jwk' })
      crypto.createPublicKey({ key: { kty: 'RSA', n: 'AQAD', e: 'Aw' }, format: 'jwk' }).asymmetricKeyDetails
      crypto.generateKeyPairSync()
      crypto.generateKeyPairSync('x')
      crypto.generateKeyPairSync('rsa')
      crypto.generateKeyPairSync('rsa', {})
      crypto.generateKeyPairSync('rsa', { modulusLength: 'x' })
      crypto.generateKeyPairSync('ec')
      crypto.generateKeyPairSync('ec', {})
      crypto.generateKeyPairSync('ec', { namedCurve: 'nonsense' })
      crypto.generateKeyPairSync('ed25519').privateKey.asymmetricKeyType
      crypto.generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'der' } }).publicKey.length
      crypto.generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: { type: 'spki', format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } }).publicKey.crv
      crypto.generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: { type: 'x', format: 'pem' } })
      crypto.generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: 5 })
      crypto.generateKeyPairSync('rsa', { modulusLength: 512, publicKeyEncoding: { type: 'sec1', format: 'pem' } })
      crypto.generateKeySync('hmac', { length: 64 }).symmetricKeySize
      crypto.generateKeySync('aes', { length: 128 }).symmetricKeySize
      crypto.generateKeySync('aes', { length: 12 })
      crypto.generateKeySync('hmac', { length: 7 })
      crypto.generateKeySync('x', { length: 7 })
      crypto.generateKeySync('hmac')
      crypto.constants
    `, { crypto, rsa, ec, ed, rsaPublic, ecPublic, secret, certificate, snow });
    await new Promise((resolve) => crypto.generateKeyPair('ec', { namedCurve: 'P-256' }, (error, publicKey, privateKey) => {
      print('generateKeyPair', [error, publicKey.type, privateKey.type]);
      resolve();
    }));
    await new Promise((resolve) => crypto.generateKey('hmac', { length: 64 }, (error, key) => {
      print('generateKey', [error, key.type, key.symmetricKeySize]);
      resolve();
    }));
  },
})
