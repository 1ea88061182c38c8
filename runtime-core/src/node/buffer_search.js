// Comparing, copying, searching and swapping of Buffer.
(function (builtins, natives, load) {
  'use strict';
  const { Math, Number, Object, RangeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange, checkInteger } = load('node/errors');
  const { canonical, encode } = load('node/encodings');

  const MAX_OFFSET = 4294967296;
  const BYTES = 'an instance of Buffer or Uint8Array';

  return function addSearch(Buffer, define, encodingOf) {
    function bound(value, name, max, ifAbsent) {
      if (value === undefined) return ifAbsent;
      checkInteger(value, name, 0, max);
      return value;
    }

    function position(value, ifAbsent) {
      return value === undefined ? ifAbsent : Math.trunc(+value) || 0;
    }

    function search(buffer, value, byteOffset, encoding, forward) {
      if (typeof byteOffset === 'string') {
        encoding = byteOffset;
        byteOffset = undefined;
      }
      let from = Math.trunc(Math.min(Math.max(+byteOffset, -0x80000000), 0x7fffffff));
      if (Number.isNaN(from)) from = forward ? 0 : buffer.length;
      let needle;
      let step = 1;
      if (typeof value === 'number') needle = new Uint8Array([value]);
      else if (typeof value === 'string') {
        const name = encodingOf(encoding);
        needle = new Uint8Array(encode(value, name));
        if (name === 'utf16le') step = 2;
      } else if (value instanceof Uint8Array) {
        needle = value;
        if (canonical(encoding) === 'utf16le') step = 2;
      } else {
        const expected = 'one of type number or string or an instance of Buffer or Uint8Array';
        throw invalidType('The "value" argument', expected, value);
      }
      return natives.find(buffer, needle, from, step, forward ? 1 : 0);
    }

    function swap(buffer, width) {
      if (buffer.length % width !== 0) {
        throw coded(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${width * 8}-bits`);
      }
      for (let at = 0; at < buffer.length; at += width) buffer.subarray(at, at + width).reverse();
      return buffer;
    }

    const methods = {
      compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
        if (!(target instanceof Uint8Array)) throw invalidType('The "target" argument', BYTES, target);
        const from = bound(targetStart, 'targetStart', MAX_OFFSET, 0);
        const to = bound(targetEnd, 'targetEnd', target.length, target.length);
        const ownFrom = bound(sourceStart, 'sourceStart', MAX_OFFSET, 0);
        const ownTo = bound(sourceEnd, 'sourceEnd', this.length, this.length);
        if (ownFrom >= ownTo) return from >= to ? 0 : -1;
        if (from >= to) return 1;
        return natives.compare(this.subarray(ownFrom, ownTo), target.subarray(from, to));
      },
      copy(target, targetStart, sourceStart, sourceEnd) {
        if (!(target instanceof Uint8Array)) throw invalidType('The "target" argument', BYTES, target);
        const at = position(targetStart, 0);
        if (at < 0) throw outOfRange('targetStart', '>= 0', at);
        const from = position(sourceStart, 0);
        if (from < 0 || from > this.length) throw outOfRange('sourceStart', `>= 0 && <= ${this.length}`, from);
        const to = position(sourceEnd, this.length);
        if (to < 0) throw outOfRange('sourceEnd', '>= 0', to);
        if (at >= target.length || from >= to) return 0;
        const count = Math.min(to - from, this.length - from, target.length - at);
        target.set(this.subarray(from, from + count), at);
        return count;
      },
      indexOf(value, byteOffset, encoding) { return search(this, value, byteOffset, encoding, true); },
      lastIndexOf(value, byteOffset, encoding) { return search(this, value, byteOffset, encoding, false); },
      includes(value, byteOffset, encoding) { return search(this, value, byteOffset, encoding, true) !== -1; },
      swap16() { return swap(this, 2); },
      swap32() { return swap(this, 4); },
      swap64() { return swap(this, 8); },
    };
    for (const name of Object.keys(methods)) define(Buffer.prototype, name, { value: methods[name], writable: true });
  };
})
