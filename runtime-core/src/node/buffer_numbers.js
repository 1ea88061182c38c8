// Reading and writing numbers in a Buffer: readUInt8 to writeDoubleBE.
(function (builtins, natives, load) {
  'use strict';
  const { BigInt, Float32Array, Float64Array, Math, RangeError, TypeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange } = load('node/errors');

  function checkNumber(value, name) {
    if (typeof value !== 'number') throw invalidType(`The "${name}" argument`, 'of type number', value);
  }

  /** Throws what Node throws for an offset (or byte length) that is not from `min` to `max`. */
  function badPosition(value, max, name = 'offset') {
    if (Math.floor(value) !== value) {
      checkNumber(value, name);
      throw outOfRange(name, 'an integer', value);
    }
    if (max < 0) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
    throw outOfRange(name, `>= ${name === 'offset' ? 0 : 1} and <= ${max}`, value);
  }

  function checkBounds(buffer, offset, width) {
    checkNumber(offset, 'offset');
    if (buffer[offset] === undefined || buffer[offset + width - 1] === undefined) badPosition(offset, buffer.length - width);
  }

  function readUnsigned(buffer, offset, width, little) {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + buffer[little ? offset + width - 1 - i : offset + i];
    return value;
  }

  function readNumber(buffer, offset, width, { little, signed }) {
    checkBounds(buffer, offset, width);
    const value = readUnsigned(buffer, offset, width, little);
    return signed && value >= 2 ** (width * 8 - 1) ? value - 2 ** (width * 8) : value;
  }

  function checkRange(value, width, signed) {
    const max = signed ? 2 ** (width * 8 - 1) - 1 : 2 ** (width * 8) - 1;
    const min = signed ? -(2 ** (width * 8 - 1)) : 0;
    if (!(value > max || value < min)) return;
    if (width <= 4) throw outOfRange('value', `>= ${min} and <= ${max}`, value);
    const bits = signed ? width * 8 - 1 : width * 8;
    throw outOfRange('value', `>= ${signed ? `-(2 ** ${bits})` : 0} and < 2 ** ${bits}`, value);
  }

  function storeBytes(buffer, value, offset, width, little) {
    let low = value >>> 0;
    let high = Math.floor(value / 4294967296);
    for (let i = 0; i < width; i++) {
      if (i === 4) low = high >>> 0;
      buffer[little ? offset + i : offset + width - 1 - i] = low;
      low >>>= 8;
    }
    return offset + width;
  }

  function writeNumber(buffer, input, offset, width, { little, signed }) {
    const value = +input;
    checkRange(value, width, signed);
    checkBounds(buffer, offset, width);
    return storeBytes(buffer, value, offset, width, little);
  }

  function readBig(buffer, offset, { little, signed }) {
    checkBounds(buffer, offset, 8);
    const low = readUnsigned(buffer, little ? offset : offset + 4, 4, little);
    const high = readUnsigned(buffer, little ? offset + 4 : offset, 4, little);
    const value = (BigInt(high) << 32n) + BigInt(low);
    return signed ? BigInt.asIntN(64, value) : value;
  }

  function writeBig(buffer, value, offset, { little, signed }) {
    const bits = signed ? 63n : 64n;
    if (value >= 1n << bits || value < (signed ? -(1n << bits) : 0n)) {
      throw outOfRange('value', `>= ${signed ? '-(2n ** 63n)' : '0n'} and < 2n ** ${bits}n`, value);
    }
    if (typeof value !== 'bigint') throw new TypeError('Cannot mix BigInt and other types, use explicit conversions');
    checkBounds(buffer, offset, 8);
    const unsigned = BigInt.asUintN(64, value);
    storeBytes(buffer, builtins.Number(unsigned & 0xffffffffn), little ? offset : offset + 4, 4, little);
    storeBytes(buffer, builtins.Number(unsigned >> 32n), little ? offset + 4 : offset, 4, little);
    return offset + 8;
  }

  /** Floats go through one scratch array; the machines we run on are little-endian. */
  function floats(FloatArray, width) {
    const scratch = new FloatArray(1);
    const bytes = new Uint8Array(scratch.buffer);
    return {
      read(buffer, offset, little) {
        checkBounds(buffer, offset, width);
        for (let i = 0; i < width; i++) bytes[little ? i : width - 1 - i] = buffer[offset + i];
        return scratch[0];
      },
      write(buffer, value, offset, little) {
        const number = +value;
        checkBounds(buffer, offset, width);
        scratch[0] = number;
        for (let i = 0; i < width; i++) buffer[offset + i] = bytes[little ? i : width - 1 - i];
        return offset + width;
      },
    };
  }

  return function addNumbers(Buffer, define) {
    function method(names, value) {
      for (const name of names) define(Buffer.prototype, name, { value, writable: true });
    }

    /** `UInt` and Node's alias `Uint`, or the signed name alone. */
    function named(verb, prefix, signed, rest) {
      return signed ? [`${verb}${prefix}Int${rest}`] : [`${verb}${prefix}UInt${rest}`, `${verb}${prefix}Uint${rest}`];
    }

    function checkWidth(width) {
      if (!(width >= 1 && width <= 6 && Math.floor(width) === width)) badPosition(width, 6, 'byteLength');
    }

    function addIntegers(kind, end) {
      const { signed } = kind;
      for (const width of [2, 4]) {
        const rest = `${width * 8}${end}`;
        method(named('read', '', signed, rest), function (offset = 0) { return readNumber(this, offset, width, kind); });
        method(named('write', '', signed, rest), function (value, offset = 0) {
          return writeNumber(this, value, offset, width, kind);
        });
      }
      method(named('read', '', signed, end), function (offset, width) {
        if (offset === undefined) checkNumber(offset, 'offset');
        checkWidth(width);
        return readNumber(this, offset, width, kind);
      });
      method(named('write', '', signed, end), function (value, offset, width) {
        checkWidth(width);
        return writeNumber(this, value, offset, width, kind);
      });
      method(named('read', 'Big', signed, `64${end}`), function (offset = 0) { return readBig(this, offset, kind); });
      method(named('write', 'Big', signed, `64${end}`), function (value, offset = 0) {
        return writeBig(this, value, offset, kind);
      });
    }

    for (const signed of [false, true]) {
      const byte = { little: true, signed };
      method(named('read', '', signed, '8'), function (offset = 0) { return readNumber(this, offset, 1, byte); });
      method(named('write', '', signed, '8'), function (value, offset = 0) {
        return writeNumber(this, value, offset, 1, byte);
      });
      addIntegers({ little: true, signed }, 'LE');
      addIntegers({ little: false, signed }, 'BE');
    }
    for (const [name, kind] of [['Float', floats(Float32Array, 4)], ['Double', floats(Float64Array, 8)]]) {
      for (const [end, little] of [['LE', true], ['BE', false]]) {
        method([`read${name}${end}`], function (offset = 0) { return kind.read(this, offset, little); });
        method([`write${name}${end}`], function (value, offset = 0) { return kind.write(this, value, offset, little); });
      }
    }
  };
})
