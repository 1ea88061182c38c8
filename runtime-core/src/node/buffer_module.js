// What packages get for `require('buffer')`; an app has the global Buffer only.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Error, Object, TypeError } = builtins;
  const { coded, invalidType } = load('node/errors');
  const { canonical, bytesOf } = load('node/encodings');
  const { Buffer } = load('node/buffer');

  const MAX_LENGTH = 4294967296;
  const MAX_STRING_LENGTH = 536870888;
  const BYTES = 'an instance of Buffer or Uint8Array';
  const VIEW = 'an instance of ArrayBuffer, Buffer, or TypedArray';
  const INVALID_CHARACTER = 5;

  function SlowBuffer(size) { return Buffer.allocUnsafeSlow(size); }
  Object.setPrototypeOf(SlowBuffer.prototype, builtins.Uint8Array.prototype);

  function inputBytes(input) {
    const bytes = input instanceof builtins.DataView ? undefined : bytesOf(input);
    if (bytes === undefined) throw invalidType('The "input" argument', VIEW, input);
    return bytes;
  }

  /** What a character set cannot hold becomes a question mark. */
  function narrowed(text, max) {
    return Array.from(text, (character) => (character.codePointAt(0) > max ? '?' : character)).join('');
  }

  const NARROW = { __proto__: null, ascii: 0x7f, latin1: 0xff };

  function transcode(source, fromEncoding, toEncoding) {
    if (!(source instanceof builtins.Uint8Array)) throw invalidType('The "source" argument', BYTES, source);
    if (source.length === 0) return Buffer.alloc(0);
    const [from, to] = [canonical(fromEncoding), canonical(toEncoding)];
    const known = ['utf8', 'utf16le', 'latin1', 'ascii'];
    if (!known.includes(from) || !known.includes(to)) {
      const error = new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
      error.code = 'U_ILLEGAL_ARGUMENT_ERROR';
      error.errno = 1;
      throw error;
    }
    const text = Buffer.from(source.buffer, source.byteOffset, source.length).toString(from);
    return Buffer.from(to in NARROW ? narrowed(text, NARROW[to]) : text, to);
  }

  function needed(given, name) {
    if (given.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`);
  }

  function invalidCharacter(message) {
    const error = new Error(message);
    for (const [key, value] of [['name', 'InvalidCharacterError'], ['code', INVALID_CHARACTER]]) {
      Object.defineProperty(error, key, { configurable: true, value, writable: true });
    }
    return error;
  }

  function btoa(input) {
    needed(arguments, 'input');
    const text = `${input}`;
    if (/[^\x00-\xff]/.test(text)) throw invalidCharacter('Invalid character');
    return Buffer.from(text, 'latin1').toString('base64');
  }

  function atob(input) {
    needed(arguments, 'input');
    const text = `${input}`.replace(/[\t\n\f\r ]/g, '');
    const bare = text.replace(/={1,2}$/, '');
    if (/[^A-Za-z0-9+/]/.test(bare)) throw invalidCharacter('Invalid character');
    if (bare.length % 4 === 1) throw invalidCharacter('The string to be decoded is not correctly encoded.');
    if (bare !== text && text.length % 4 !== 0) throw invalidCharacter('Invalid character');
    return Buffer.from(bare, 'base64').toString('latin1');
  }

  const module = {
    Buffer,
    SlowBuffer,
    transcode,
    isUtf8(input) { return natives.isUtf8(inputBytes(input)); },
    isAscii(input) { return inputBytes(input).every((byte) => byte < 0x80); },
    kMaxLength: MAX_LENGTH,
    kStringMaxLength: MAX_STRING_LENGTH,
    btoa,
    atob,
    constants: { MAX_LENGTH, MAX_STRING_LENGTH },
    INSPECT_MAX_BYTES: 50,
    resolveObjectURL() { throw new Error('hedgerow does not provide buffer.resolveObjectURL'); },
  };
  for (const name of ['Blob', 'File']) {
    Object.defineProperty(module, name, { configurable: true, enumerable: true, get: () => load('node/blob')[name] });
  }
  return module;
})
