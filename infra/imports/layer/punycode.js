// `punycode`: names of hosts, by way of the core's URL.

const { URL } = require('url');

const host = (name) => new URL(`http://${name}`).hostname;

module.exports = {
  toASCII: (name) => { try { return host(name); } catch { return name; } },
  toUnicode: (name) => require('url').domainToUnicode?.(name) ?? name,
  ucs2: {
    decode: (text) => Array.from(text, (character) => character.codePointAt(0)),
    encode: (points) => String.fromCodePoint(...points),
  },
};
