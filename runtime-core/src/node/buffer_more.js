// The methods of Buffer that Node has in its native part: `utf8Slice`, `hexWrite`, … (protobufjs and others call them), and how one
// is shown.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Math, Number, Object, RangeError, Symbol, TypeError } = builtins;
  const { plain, invalidType, checkInteger } = load('node/errors');

  const KINDS = [
    ['ascii'], ['base64'], ['base64url'], ['hex'], ['latin1'], ['ucs2', 'utf16le'], ['utf8'],
  ];
  /** How many bytes `inspect` shows. */
  const SHOWN_BYTES = 50;

  function index(value, ifAbsent) {
    if (value === undefined) return ifAbsent;
    const whole = Math.trunc(Number(value)) || 0;
    if (whole < 0) throw plain(RangeError, 'ERR_OUT_OF_RANGE', 'Index out of range');
    return whole;
  }

  function slice(buffer, encoding, start, end) {
    const from = index(start, 0);
    const to = index(end, buffer.length);
    if (to <= from) return '';
    if (to > buffer.length) throw plain(RangeError, 'ERR_OUT_OF_RANGE', 'Index out of range');
    return buffer.toString(encoding, from, to);
  }

  function write(buffer, encoding, [text, offset, length]) {
    if (typeof text !== 'string') throw plain(TypeError, 'ERR_INVALID_ARG_TYPE', 'argument must be a string');
    const at = index(offset, 0);
    if (at > buffer.length) throw plain(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
    const room = Math.min(index(length, buffer.length - at), buffer.length - at);
    return room === 0 ? 0 : buffer.write(text, at, room, encoding);
  }

  function inspect() {
    const shown = Array.from(this.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
    const more = this.length - SHOWN_BYTES;
    if (more > 0) shown.push(`... ${more} more byte${more > 1 ? 's' : ''}`);
    return `<${this.constructor.name} ${shown.join(' ')}>`;
  }

  function copyBytesFrom(Buffer, view, offset, length) {
    const type = view instanceof Object.getPrototypeOf(builtins.Uint8Array);
    if (!type) throw invalidType('The "view" argument', 'an instance of TypedArray', view);
    if (view.length === 0) return Buffer.alloc(0);
    if (offset !== undefined) checkInteger(offset, 'offset', 0, Number.MAX_SAFE_INTEGER);
    if (length !== undefined) checkInteger(length, 'length', 0, Number.MAX_SAFE_INTEGER);
    const from = offset === undefined ? 0 : offset;
    const part = view.slice(from, length === undefined ? view.length : from + length);
    return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  }

  function addMore(Buffer, define) {
    for (const [kind, encoding = kind] of KINDS) {
      const names = [`${kind}Slice`, `${kind}Write`];
      const methods = {
        [names[0]](start, end) { return slice(this, encoding, start, end); },
        [names[1]](text, offset, length) { return write(this, encoding, [text, offset, length]); },
      };
      for (const name of names) define(Buffer.prototype, name, { value: methods[name], writable: true });
    }
    define(Buffer.prototype, 'inspect', { value: inspect, writable: true });
    define(Buffer.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: inspect, writable: true });
  }

  return { addMore, copyBytesFrom };
})
