// Buffer of Node 14 to 18: how one is made, and what turns it into text and back.
(function (builtins, natives, load) {
  'use strict';
  const { Array, Math, Number, Object, String, Symbol, TypeError, RangeError, Uint8Array } = builtins;
  const { coded, invalidType, outOfRange, checkInteger, unknownEncoding } = load('node/errors');
  const { canonical, encode, decode, byteLength, bytesOf, isAnyArrayBuffer } = load('node/encodings');

  const MAX_LENGTH = 4294967296;
  const BYTES = 'an instance of Buffer or Uint8Array';

  class NodeBuffer extends Uint8Array {}

  function Buffer(value, encodingOrOffset, length) {
    if (typeof value !== 'number') return from(value, encodingOrOffset, length);
    if (typeof encodingOrOffset === 'string') throw invalidType('The "string" argument', 'of type string', value);
    return alloc(value);
  }
  Buffer.prototype = NodeBuffer.prototype;
  Object.setPrototypeOf(Buffer, Uint8Array);
  define(Buffer, Symbol.species, { get() { return NodeBuffer; } });
  define(Buffer.prototype, 'constructor', { value: Buffer, writable: true });
  define(Buffer.prototype, 'parent', { get() { return this instanceof Buffer ? this.buffer : undefined; } });
  define(Buffer.prototype, 'offset', { get() { return this instanceof Buffer ? this.byteOffset : undefined; } });

  function define(target, key, descriptor) {
    Object.defineProperty(target, key, { configurable: true, enumerable: false, ...descriptor });
  }

  /** The canonical name of an encoding argument; undefined means UTF-8. */
  function encodingOf(encoding) {
    if (encoding === undefined) return 'utf8';
    const name = canonical(encoding);
    if (name === undefined) throw unknownEncoding(encoding);
    return name;
  }

  function fromString(text, encoding) {
    return new NodeBuffer(encode(text, encodingOf(typeof encoding === 'string' && encoding !== '' ? encoding : undefined)));
  }

  function fromArrayLike(list) {
    if (!(list.length > 0)) return new NodeBuffer();
    const buffer = new NodeBuffer(Math.trunc(list.length));
    buffer.set(list);
    return buffer;
  }

  function fromArrayBuffer(memory, offset, length) {
    const start = offset === undefined ? 0 : +offset || 0;
    const available = memory.byteLength - start;
    if (start < 0) throw new RangeError(`Start offset ${start} is outside the bounds of the buffer`);
    if (available < 0) throw outside('"offset" is outside of buffer bounds');
    if (length === undefined) return new NodeBuffer(memory, start, available);
    const wanted = +length > 0 ? +length : 0;
    if (wanted > available) throw outside('"length" is outside of buffer bounds');
    return new NodeBuffer(memory, start, wanted);
  }

  function outside(message) {
    return coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', message);
  }

  function fromObject(value) {
    if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
      return typeof value.length === 'number' ? fromArrayLike(value) : new NodeBuffer();
    }
    return value.type === 'Buffer' && Array.isArray(value.data) ? fromArrayLike(value.data) : undefined;
  }

  function from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return fromString(value, encodingOrOffset);
    if (typeof value === 'object' && value !== null) {
      if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
      const primitive = value.valueOf && value.valueOf();
      const usable = typeof primitive === 'string' || typeof primitive === 'object';
      if (primitive != null && primitive !== value && usable) return from(primitive, encodingOrOffset, length);
      const buffer = fromObject(value);
      if (buffer !== undefined) return buffer;
      if (typeof value[Symbol.toPrimitive] === 'function') {
        const text = value[Symbol.toPrimitive]('string');
        if (typeof text === 'string') return fromString(text, encodingOrOffset);
      }
    }
    throw invalidType('The first argument',
      'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
  }

  function checkSize(size) {
    if (typeof size !== 'number') throw invalidType('The "size" argument', 'of type number', size);
    if (!(size >= 0 && size <= MAX_LENGTH)) throw outOfRange('size', `>= 0 && <= ${MAX_LENGTH}`, size);
  }

  function alloc(size, fill, encoding) {
    checkSize(size);
    const buffer = new NodeBuffer(Math.trunc(size));
    if (fill !== undefined && fill !== 0 && buffer.length > 0) fillRange(buffer, fill, 0, buffer.length, encoding);
    return buffer;
  }

  function allocUnsafe(size) {
    checkSize(size);
    return new NodeBuffer(Math.trunc(size));
  }

  function concat(list, totalLength) {
    if (!Array.isArray(list)) throw invalidType('The "list" argument', 'an instance of Array', list);
    list.forEach((item, i) => {
      if (!(item instanceof Uint8Array)) throw invalidType(`The "list[${i}]" argument`, BYTES, item);
    });
    let total = 0;
    for (const item of list) total += item.length;
    if (totalLength !== undefined) {
      checkInteger(totalLength, 'length', 0, MAX_LENGTH);
      total = totalLength;
    }
    const buffer = allocUnsafe(total);
    let position = 0;
    for (const item of list) {
      if (position >= total) break;
      const part = item.length > total - position ? item.subarray(0, total - position) : item;
      buffer.set(part, position);
      position += part.length;
    }
    return buffer;
  }

  const statics = {
    poolSize: 8192,
    from,
    copyBytesFrom(view, offset, length) { return load('node/buffer_more').copyBytesFrom(Buffer, view, offset, length); },
    of(...items) { return fromArrayLike(items); },
    alloc,
    allocUnsafe,
    allocUnsafeSlow: allocUnsafe,
    isBuffer(value) { return value instanceof Buffer; },
    compare(buf1, buf2) {
      if (!(buf1 instanceof Uint8Array)) throw invalidType('The "buf1" argument', BYTES, buf1);
      if (!(buf2 instanceof Uint8Array)) throw invalidType('The "buf2" argument', BYTES, buf2);
      return natives.compare(buf1, buf2);
    },
    isEncoding(encoding) { return typeof encoding === 'string' && encoding !== '' && canonical(encoding) !== undefined; },
    concat,
    byteLength(value, encoding) {
      if (typeof value === 'string') return byteLength(value, canonical(encoding) || 'utf8');
      const bytes = bytesOf(value);
      if (bytes !== undefined) return bytes.length;
      throw invalidType('The "string" argument', 'of type string or an instance of Buffer or ArrayBuffer', value);
    },
  };
  for (const name of Object.keys(statics)) define(Buffer, name, { value: statics[name], writable: true, enumerable: true });

  /** `fill` between two offsets that are checked already. */
  function fillRange(buffer, value, start, end, encoding) {
    let pattern = value;
    if (typeof value === 'string') pattern = value === '' ? 0 : new Uint8Array(encode(value, encodingOf(encoding)));
    if (!(pattern instanceof Uint8Array)) return Uint8Array.prototype.fill.call(buffer, pattern & 255, start, end);
    if (pattern.length === 0) {
      const shown = typeof value === 'string' ? `'${value}'` : '<Buffer >';
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The argument 'value' is invalid. Received ${shown}`);
    }
    for (let at = start; at < end; at += pattern.length) {
      buffer.set(pattern.length > end - at ? pattern.subarray(0, end - at) : pattern, at);
    }
    return buffer;
  }

  /** Bytes of `text` that fit into `room` without cutting a character of UTF-8 or UTF-16. */
  function fitting(text, encoding, room) {
    const bytes = new Uint8Array(encode(text, encoding));
    if (bytes.length <= room) return bytes;
    let end = room;
    if (encoding === 'utf8') while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
    if (encoding === 'utf16le') end -= end % 2;
    return bytes.subarray(0, end);
  }

  function write(buffer, text, offset, length, encoding) {
    if (typeof text !== 'string') {
      const error = new TypeError('argument must be a string');
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    const bytes = fitting(text, encoding, length);
    buffer.set(bytes, offset);
    return bytes.length;
  }

  function slice(buffer, start, end) {
    const from = relative(start, buffer.length, 0);
    const to = relative(end, buffer.length, buffer.length);
    return new NodeBuffer(buffer.buffer, buffer.byteOffset + from, to > from ? to - from : 0);
  }

  function relative(offset, length, ifAbsent) {
    if (offset === undefined) return ifAbsent;
    const whole = Math.trunc(+offset) || 0;
    return whole < 0 ? Math.max(0, whole + length) : Math.min(whole, length);
  }

  const methods = {
    toString(encoding, start, end) {
      const from = start > 0 ? Math.trunc(start) : 0;
      const to = end === undefined || end > this.length ? this.length : Math.trunc(end) || 0;
      if (from >= this.length || to <= from) return '';
      return decode(this, encodingOf(encoding), from, to);
    },
    toJSON() { return { type: 'Buffer', data: Array.from(this) }; },
    equals(other) {
      if (!(other instanceof Uint8Array)) throw invalidType('The "otherBuffer" argument', BYTES, other);
      return this === other || natives.compare(this, other) === 0;
    },
    slice(start, end) { return slice(this, start, end); },
    subarray(start, end) { return slice(this, start, end); },
    fill(value, offset, end, encoding) {
      if (typeof value === 'string') {
        if (offset === undefined || typeof offset === 'string') {
          encoding = offset;
          offset = end = undefined;
        } else if (typeof end === 'string') {
          encoding = end;
          end = undefined;
        }
      }
      if (typeof value === 'string' && encoding !== undefined && typeof encoding !== 'string') {
        throw invalidType('The "encoding" argument', 'of type string', encoding);
      }
      if (offset === undefined) return fillRange(this, value, 0, this.length, encoding);
      checkInteger(offset, 'offset', 0, MAX_LENGTH);
      if (end === undefined) end = this.length;
      else checkInteger(end, 'end', 0, this.length);
      return offset >= end ? this : fillRange(this, value, offset, end, encoding);
    },
    write(text, offset, length, encoding) {
      if (offset === undefined) return write(this, text, 0, this.length, 'utf8');
      if (length === undefined && typeof offset === 'string') return write(this, text, 0, this.length, encodingOf(offset));
      checkInteger(offset, 'offset', 0, this.length);
      let room = this.length - offset;
      if (typeof length === 'string') encoding = length;
      else if (length !== undefined) {
        checkInteger(length, 'length', 0, this.length);
        room = Math.min(room, length);
      }
      return write(this, text, offset, room, encoding ? encodingOf(encoding) : 'utf8');
    },
  };
  for (const name of Object.keys(methods)) define(Buffer.prototype, name, { value: methods[name], writable: true });
  define(Buffer.prototype, 'toLocaleString', { value: methods.toString, writable: true });

  load('node/buffer_search')(Buffer, define, encodingOf);
  load('node/buffer_numbers')(Buffer, define);
  load('node/buffer_more').addMore(Buffer, define);

  // `from` is here by itself for the host: an app may replace the property of the class.
  return { Buffer, from };
})
