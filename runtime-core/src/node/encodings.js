// The encodings of Buffer: their names, and text to bytes and back.
(function (builtins, natives, load) {
  'use strict';
  const { ArrayBuffer, Math, String, Uint8Array } = builtins;

  /** How many code units `String.fromCharCode` is given at once. */
  const CHUNK = 4096;

  /** The canonical name of an encoding, or undefined for one that Node does not know. */
  function canonical(name) {
    switch (name) {
      case 'utf8': case 'utf-8': return 'utf8';
      case 'hex': case 'base64': case 'base64url': case 'latin1': case 'ascii': case 'utf16le': return name;
    }
    switch (String(name).toLowerCase()) {
      case 'utf8': case 'utf-8': return 'utf8';
      case 'ucs2': case 'ucs-2': case 'utf16le': case 'utf-16le': return 'utf16le';
      case 'latin1': case 'binary': return 'latin1';
      case 'hex': return 'hex';
      case 'base64': return 'base64';
      case 'base64url': return 'base64url';
      case 'ascii': return 'ascii';
    }
    return undefined;
  }

  function units(text, width) {
    const bytes = new Uint8Array(text.length * width);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      bytes[i * width] = unit;
      if (width === 2) bytes[i * 2 + 1] = unit >> 8;
    }
    return bytes.buffer;
  }

  /** The ArrayBuffer of `text` in a canonical encoding. Natives take well-formed text only. */
  function encode(text, encoding) {
    switch (encoding) {
      case 'utf8': return natives.encodeUtf8(text.toWellFormed());
      case 'hex': return natives.decodeHex(text.toWellFormed());
      case 'base64': case 'base64url': return natives.decodeBase64(text.toWellFormed());
      case 'utf16le': return text.isWellFormed() ? natives.encodeUtf16(text) : units(text, 2);
      default: return text.isWellFormed() ? natives.encodeLatin1(text) : units(text, 1);
    }
  }

  function fromUnits(array, start, end) {
    let text = '';
    for (let from = start; from + 1 < end; from += CHUNK * 2) {
      const chunk = [];
      for (let i = from; i + 1 < Math.min(end, from + CHUNK * 2); i += 2) chunk.push(array[i] | (array[i + 1] << 8));
      text += String.fromCharCode(...chunk);
    }
    return text;
  }

  /** The text of the bytes from `start` to `end` (within the array) in a canonical encoding. */
  function decode(array, encoding, start, end) {
    switch (encoding) {
      case 'utf8': return natives.decodeUtf8(array, start, end);
      case 'hex': return natives.encodeHex(array, start, end);
      case 'base64': return natives.encodeBase64(array, start, end);
      case 'base64url': return natives.encodeBase64Url(array, start, end);
      case 'ascii': return natives.decodeAscii(array, start, end);
      case 'latin1': return natives.decodeLatin1(array, start, end);
      default: {
        const text = natives.decodeUtf16(array, start, end);
        return text === undefined ? fromUnits(array, start, end) : text;
      }
    }
  }

  /** How many bytes `text` takes in a canonical encoding; for base64 by Node's rule, from the length alone. */
  function byteLength(text, encoding) {
    switch (encoding) {
      case 'utf8': return natives.lengthUtf8(text.toWellFormed());
      case 'hex': return text.length >>> 1;
      case 'utf16le': return text.length * 2;
      case 'base64': case 'base64url': {
        let length = text.length;
        if (text.endsWith('=')) length -= text.endsWith('==') && length > 1 ? 2 : 1;
        return Math.floor(length * 3 / 4);
      }
      default: return text.length;
    }
  }

  /** A Uint8Array over the memory of any view or buffer; undefined for anything else. */
  function bytesOf(value) {
    if (value instanceof Uint8Array) return value;
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (isAnyArrayBuffer(value)) return new Uint8Array(value);
    return undefined;
  }

  function isAnyArrayBuffer(value) {
    const { SharedArrayBuffer } = builtins;
    return value instanceof ArrayBuffer || (SharedArrayBuffer !== undefined && value instanceof SharedArrayBuffer);
  }

  return { canonical, encode, decode, byteLength, bytesOf, isAnyArrayBuffer };
})
