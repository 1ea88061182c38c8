// Text out of bytes that come in pieces: what is left of a character, or of a group of base64, waits for the next piece.
(function (builtins, natives, load) {
  'use strict';
  const { Uint8Array } = builtins;
  const { decode } = load('node/encodings');

  /** How many of the last bytes begin a character of UTF-8 that is not complete. */
  function openUtf8(bytes) {
    const end = bytes.length;
    for (let back = 1; back <= 3 && back <= end; back++) {
      const byte = bytes[end - back];
      if ((byte & 0xc0) === 0x80) continue;
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
      return length > back && byte < 0xf5 ? back : 0;
    }
    return 0;
  }

  function openUtf16(bytes) {
    const odd = bytes.length % 2;
    const last = bytes.length - odd;
    const high = last >= 2 && (bytes[last - 1] & 0xfc) === 0xd8;
    return odd + (high ? 2 : 0);
  }

  function open(encoding, bytes) {
    if (encoding === 'utf8') return openUtf8(bytes);
    if (encoding === 'utf16le') return openUtf16(bytes);
    return encoding === 'base64' || encoding === 'base64url' ? bytes.length % 3 : 0;
  }

  /** `encoding` is a canonical name. */
  class TextPieces {
    #left = new Uint8Array(0);

    constructor(encoding) { this.encoding = encoding; }

    write(piece) {
      const bytes = new Uint8Array(this.#left.length + piece.length);
      bytes.set(this.#left);
      bytes.set(piece, this.#left.length);
      const end = bytes.length - open(this.encoding, bytes);
      this.#left = bytes.slice(end);
      return decode(bytes, this.encoding, 0, end);
    }

    end(piece) {
      const text = this.write(piece);
      const left = this.#left;
      this.#left = new Uint8Array(0);
      return text + decode(left, this.encoding, 0, left.length);
    }
  }

  return { TextPieces };
})
