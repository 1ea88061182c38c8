// `querystring`.

const PLAIN = /^[\w\-.!~*'()]*$/;

/** Like encodeURIComponent, but with Node's error for a lone surrogate. */
function escape(value) {
  const text = typeof value === 'object' ? String(value) : `${value}`;
  if (PLAIN.test(text)) return text;
  try {
    return encodeURIComponent(text);
  } catch {
    throw Object.assign(new URIError('URI malformed'), { code: 'ERR_INVALID_URI' });
  }
}

function unescapeBuffer(text) {
  const bytes = [];
  const source = Buffer.from(text);
  for (let index = 0; index < source.length; index += 1) {
    const digits = source[index] === 37 ? source.toString('latin1', index + 1, index + 3) : '';
    if (/^[0-9a-fA-F]{2}$/.test(digits)) { bytes.push(parseInt(digits, 16)); index += 2; } else bytes.push(source[index]);
  }
  return Buffer.from(bytes);
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

function primitive(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
}

function stringify(object, separator = '&', equals = '=', options = undefined) {
  if (object === null || typeof object !== 'object') return '';
  const encode = options?.encodeURIComponent ?? module.exports.escape;
  const pair = (key, value) => `${encode(primitive(key))}${equals || '='}${encode(primitive(value))}`;
  return Object.keys(object)
    .flatMap((key) => (Array.isArray(object[key]) ? object[key].map((value) => pair(key, value)) : [pair(key, object[key])]))
    .join(separator || '&');
}

function parse(text, separator = '&', equals = '=', options = undefined) {
  const found = Object.create(null);
  if (typeof text !== 'string' || text === '') return found;
  const decode = options?.decodeURIComponent ?? module.exports.unescape;
  const decoded = (part) => { const spaced = part.replaceAll('+', ' '); return spaced.includes('%') ? decode(spaced) : spaced; };
  const most = options?.maxKeys ?? 1000;
  let parts = text.split(separator || '&');
  if (most > 0) parts = parts.slice(0, most);
  for (const part of parts) {
    if (part === '') continue;
    const at = part.indexOf(equals || '=');
    const key = decoded(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : decoded(part.slice(at + (equals || '=').length));
    if (!(key in found)) found[key] = value;
    else if (Array.isArray(found[key])) found[key].push(value);
    else found[key] = [found[key], value];
  }
  return found;
}

module.exports = { escape, unescape, unescapeBuffer, stringify, encode: stringify, parse, decode: parse };
