({
  run({ print, attempt, each }) {
    const url = load('url');
    const { URL, URLSearchParams } = url;
    print('members', Object.keys(url).sort());
    const addresses = [
      'http://a.b', 'http://a.b/', 'HTTP://User:Pa%20ss@A.B:8080/p/a/t/h?query=string&a=b#hash', 'https://a.b:443/', 'https://a.b:444/x',
      'http://a.b?x', 'http://a.b#x', 'http://a.b/?', 'http://a.b/#', 'http://a.b/a b?c d#e f', 'http://a.b/\u00fc?\u20ac#\ud83d\ude00',
      'http://espa\u00f1ol.com/x', 'http://\u4e2d\u6587.com', 'http://xn--fiq228c.com', 'http://1.2.3/', 'http://0x7f.1/', 'http://[::1]:80/a', 'http://[1:2::3]',
      'http://[::ffff:1.2.3.4]/', 'ftp://f.g/h', 'file:///a/b', 'file://host/a', 'file:///C:/x', 'file:c', 'mailto:a@b.c?subject=x', 'javascript:alert(1)',
      'data:text/plain,hi', 'urn:isbn:1', 'postgres://u:p@h:5432/d?ssl=true', 's3://bucket/key?x', 'x-y://h/p', 'x-y://h\\path', 'x-y://h/a\\b', 'ws://a.b:80/', 'wss://a.b/x?y',
      '//a.b/c', '/a/b?c#d', 'a/b', '?a=b', '#a', '', ' http://a.b/ ', 'http:a.b', 'http:/a.b', 'http:///a.b', 'http:\\\\a.b\\c', 'http://a.b\\c?d\\e',
      'http://a_b.c/', 'http://a..b/', 'http://a.b./', 'http://a.b:', 'http://a.b:99999/', 'http://a.b:x/', 'http://a b/', 'http://a%41/', 'http://u@a.b', 'http://u:@a.b',
      'http://:p@a.b', 'http://a@b@c/', 'http://a:b:c@d/', 'http://a.b/../c/./d', 'http://a.b/%7Euser/%zz', "http://a.b/it's?it's#it's", 'http://a.b/a|b<c>{d}`e^f"g', 'http://a.b/a;b=c,d',
      'http://a.b/x?a=1&a=2&b=&=c&d', 'http://a.b/x??y??z', 'http://a.b/x#y#z?w', 'http://a.b/%F0%9F%98%80', 'http://\u212a.com/', 'blob:https://a.b/x', 'http://a.b:0/', 'HTTP://a.b:80/A',
      'tel:+1', 'x:', 'x:y', 'x:/y', '1http://a', 'http', '://', 'http://a.b/\t\n\rc', 'http://[x]/', 'http://[::1', 'svn+ssh://h/p', 'http://a.b/c?d=e#f?g', 'coap:u@h:61616/.well-known',
    ];
    const parts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
    for (const address of addresses) {
      attempt(`URL ${JSON.stringify(address)}`, () => { const u = new URL(address); return parts.map((name) => u[name]); });
      attempt(`URL with base ${JSON.stringify(address)}`, () => new URL(address, 'https://base.example:8443/dir/file?q#h').href);
      attempt(`canParse ${JSON.stringify(address)}`, () => [URL.canParse(address), URL.canParse(address, 'http://b')]);
      attempt(`parse ${JSON.stringify(address)}`, () => url.parse(address));
      attempt(`parse query ${JSON.stringify(address)}`, () => { const { query, search, path } = url.parse(address, true); return [query, search, path]; });
      attempt(`parse slashes ${JSON.stringify(address)}`, () => { const { host, pathname, href, slashes } = url.parse(address, false, true); return [host, pathname, href, slashes]; });
      attempt(`format ${JSON.stringify(address)}`, () => url.format(address));
      attempt(`resolve ${JSON.stringify(address)}`, () => [url.resolve('http://base.example/a/b?c#d', address), url.resolve('/one/two/three', address), url.resolve(address, '../x?y')]);
      attempt(`format URL ${JSON.stringify(address)}`, () => { const u = new URL(address); return [url.format(u), url.format(u, { fragment: false, search: false, auth: false }), url.format(u, { unicode: true })]; });
      attempt(`to options ${JSON.stringify(address)}`, () => url.urlToHttpOptions(new URL(address)));
    }
    for (const [from, to] of [['/one/two/three', 'four'], ['/one/two/three', './four'], ['/one/two/three', '../four'], ['/one/two/three', '../../../four'], ['http://e.com/', '/one'], ['http://e.com/one', '/two'], ['http://e.com/one', 'two'], ['http://e.com/one/', 'two'], ['http://e.com/one', '?x'], ['http://e.com/one?a', '#x'], ['http://e.com/one?a#b', ''], ['.', 'g'], ['..', 'g'], ['a/b', 'c'], ['a/b/', '../c'], ['a', '..'], ['', 'x'], ['x', ''], ['http://e.com', '//f.com/x'], ['https://e.com', '//f.com/x'], ['mailto:a@b.c', 'd@e.f'], ['http://u:p@e.com/x', 'y'], ['http://u:p@e.com/x', '//f.com'], ['http://e.com/x/y', '.'], ['http://e.com/x/y', '..'], ['http://e.com/x/y/', '..'], ['file:///a/b', 'c'], ['http://e.com/a;b', 'c;d'], ['http://e.com/\u00fc', 'x y'], ['http://e.com', 'javascript:1'], ['http:', 'x'], ['http://e.com/a', 'http:b'], ['http://e.com/a', 'https:b']]) {
      attempt(`resolve ${from} ${to}`, () => [url.resolve(from, to), url.parse(from).resolve(to)]);
      attempt(`resolveObject ${from} ${to}`, () => url.resolveObject(from, to).href);
    }
    for (const object of [{}, { host: 'a.b' }, { hostname: 'a.b', port: 80 }, { protocol: 'http', host: 'a.b', pathname: 'c' }, { protocol: 'http:', slashes: true, host: 'a.b' }, { protocol: 'mailto', pathname: 'a@b' }, { protocol: 'file', pathname: '/a' }, { protocol: 'x', host: 'h' }, { protocol: 'x', slashes: true, host: 'h' }, { host: 'a', query: { b: 'c', d: ['e', 'f'], g: '', h: null, i: 5, j: true, k: undefined } }, { query: { 'a b': '\u00fc&=' } }, { search: 'x', query: { a: 1 } }, { search: '?x#y' }, { hash: 'x' }, { hash: '#x' }, { pathname: 'a?b#c' }, { auth: 'u:p@ss/ \u00fc', host: 'h' }, { auth: 'u:p', hostname: '::1', port: 1 }, { hostname: '[::1]' }, { host: 'h', pathname: '/p' }, { protocol: 'https', hostname: 'a', pathname: '', search: 'q' }, { host: 'a.b', port: 99 }]) {
      attempt(`format ${JSON.stringify(object)}`, () => url.format(object));
    }
    const changed = (start, name, value) => { const u = new URL(start); u[name] = value; return u.href; };
    for (const [name, values] of Object.entries({
      protocol: ['https', 'http:', 'ftp://x', 'x', ''], username: ['u', '', 'a b:@/'], password: ['p', '', '\u00fc'], host: ['c.d', 'c.d:81', '', 'a b', 'c.d/x', '[::1]:5', 'x:y'],
      hostname: ['c.d', 'c.d:81', '', '\u00fc.de', '1.2'], port: ['81', '80', '', 'x', '8x', 99999, 443, -1], pathname: ['x', '/x y', '', '?a#b', '..', '\\a'], search: ['x=y', '?x', '', '?a b', '#'],
      hash: ['x', '#x', '', 'a b`'], href: ['http://z', 'nonsense'], origin: ['http://q'],
    })) {
      for (const value of values) {
        for (const start of ['http://u:p@a.b:90/c?d#e', 'https://a.b/', 'file:///x', 'mailto:a@b']) {
          attempt(`set ${name} ${JSON.stringify(value)} of ${start}`, () => changed(start, name, value));
        }
      }
    }
    each(`
      new URL('http://a.b/?x=1&y=2').searchParams.get('y')
      new URL()
      new URL('x')
      new URL('x', 'y')
      new URL('x', 'http://a')
      new URL(5, 'http://a').href
      new URL({ toString: () => 'http://z' }).href
      new URL('/x', new URL('http://a')).href
      URL.canParse()
      JSON.stringify(new URL('http://a'))
      String(new URL('http://a'))
      Object.keys(new URL('http://a'))
      Object.prototype.toString.call(new URL('http://a'))
      Object.prototype.toString.call(new URLSearchParams())
      new URLSearchParams().toString()
      new URLSearchParams('?a=1&b=2').toString()
      new URLSearchParams('a=1&a=2&b').getAll('a')
      new URLSearchParams('a+b=c%20d&%zz=%E2%82%AC').toString()
      new URLSearchParams('a=\u00fc\u20ac \ud83d\ude00').toString()
      new URLSearchParams("it's=(a)*b~c!d-e_f.g").toString()
      new URLSearchParams({ a: 1, b: [1, 2], c: null, d: undefined }).toString()
      new URLSearchParams([['a', 1], ['a', 2]]).toString()
      new URLSearchParams(new Map([['a', 'b']])).toString()
      new URLSearchParams(new URLSearchParams('x=y')).toString()
      new URLSearchParams([['a']])
      new URLSearchParams([['a', 'b', 'c']])
      new URLSearchParams([5])
      new URLSearchParams(['ab'])
      new URLSearchParams(5).toString()
      new URLSearchParams(null).toString()
      new URLSearchParams(undefined).toString()
      new URLSearchParams(true).toString()
      new URLSearchParams({ [Symbol.iterator]: 5 })
      new URLSearchParams('a=1&b=2').size
      new URLSearchParams('a=1').has('a')
      new URLSearchParams('a=1').has('a', '2')
      new URLSearchParams('a=1').get('b')
      new URLSearchParams().get()
      new URLSearchParams().append('a')
      new URLSearchParams().set('a')
      new URLSearchParams().delete()
      new URLSearchParams('a=1').forEach(5)
      [...new URLSearchParams('a=1&b=2')]
      [...new URLSearchParams('a=1&b=2').keys()]
      [...new URLSearchParams('a=1&b=2').values()]
      [...new URLSearchParams('a=1&b=2').entries()]
      new URLSearchParams('a=1').entries().next()
      URLSearchParams.prototype.entries === URLSearchParams.prototype[Symbol.iterator]
      Object.keys(URLSearchParams.prototype)
      Object.keys(URL.prototype)
      url.domainToASCII('espa\u00f1ol.com')
      url.domainToASCII('xn--i\u00f1valid.com')
      url.domainToASCII('A.B')
      url.domainToASCII('a b')
      url.domainToASCII('')
      url.domainToASCII('[::1]')
      url.domainToASCII('1.2.3')
      url.domainToASCII('xn--a')
      url.domainToASCII()
      url.domainToUnicode('xn--espaol-zwa.com')
      url.domainToUnicode('xn--fiq228c.com')
      url.domainToUnicode('xn--i\u00f1valid.com')
      url.domainToUnicode('a..b')
      url.domainToUnicode('a b')
      url.domainToUnicode('')
      url.domainToUnicode('[::1]')
      url.domainToUnicode('1.2.3')
      url.domainToUnicode()
      url.fileURLToPath('file:///a/b%20c')
      url.fileURLToPath(new URL('file:///a/%E4%BD%A0'))
      url.fileURLToPath('http://a')
      url.fileURLToPath('file://host/a')
      url.fileURLToPath('file://localhost/a')
      url.fileURLToPath('file:///a%2fb')
      url.fileURLToPath('nonsense')
      url.fileURLToPath(5)
      url.fileURLToPath({})
      url.pathToFileURL('/a b#c?d%e\\\\f\\n\\t').href
      url.pathToFileURL('/a/').href
      url.pathToFileURL('/\u00fc').href
      url.pathToFileURL('/a/../b/./c').href
      url.pathToFileURL('//a//b').href
      url.pathToFileURL(5)
      url.parse(5)
      url.parse()
      url.parse(null)
      url.parse('http://%zz@a/')
      url.parse('http://\u00fc\uffff/')
      url.parse(url.parse('http://a')).href
      url.parse('x', true).query
      url.format(5)
      url.format(null)
      url.format(undefined)
      url.format(new URL('http://\u00fc:p@xn--fiq228c.com/x?y#z'), { unicode: true })
      url.format(new URL('http://a.b/'), 5)
      url.format(new URL('http://a.b/'), null)
      url.urlToHttpOptions(new URL('http://u%20:p@a.b:8080/c?d#e'))
      url.urlToHttpOptions(new URL('https://[::1]/c'))
      url.urlToHttpOptions({ protocol: 'x', port: '' })
      Object.keys(new url.Url())
      new url.Url().parse('http://a.b/c').href
      url.parse('http://a.b/c') instanceof url.Url
    `, { url, URL, URLSearchParams });
    attempt('search params of a URL', () => { const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'z w'); const first = u.href; u.searchParams.delete('x'); u.search = '?q'; return [first, u.href, [...u.searchParams], u.searchParams.toString()]; });
    attempt('sorted', () => { const p = new URLSearchParams('z=1&a=2&z=0&\ufffd=1&\ud83d\ude00=2'); p.sort(); return p.toString(); });
    attempt('set and delete', () => { const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 'x'); p.set('c', 5); p.delete('b', 'no'); p.append('d', null); return p.toString(); });
    attempt('delete one', () => { const p = new URLSearchParams('a=1&a=2'); p.delete('a', '1'); return p.toString(); });
    attempt('each', () => { const seen = []; new URLSearchParams('a=1&b=2').forEach(function (value, name, all) { seen.push([value, name, this.x, all.size]); }, { x: 9 }); return seen; });
    attempt('emptied', () => { const u = new URL('http://a/?x=1#h'); u.searchParams.delete('x'); return u.href; });
  },
})
