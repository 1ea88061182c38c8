// `buffer`: the core's own Buffer, with what Node's module has beside it.

const { Buffer } = require('hedgerow:node/buffer');
const web = require('unit:node/web');

function SlowBuffer(size) {
  return Buffer.allocUnsafeSlow ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
}

module.exports = {
  Buffer,
  SlowBuffer,
  kMaxLength: 0x7fffffff,
  kStringMaxLength: 0x1fffffe8,
  constants: { MAX_LENGTH: 0x7fffffff, MAX_STRING_LENGTH: 0x1fffffe8 },
  INSPECT_MAX_BYTES: 50,
  isUtf8: (bytes) => Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf8').equals(Buffer.from(bytes)),
  atob: web.atob,
  btoa: web.btoa,
};
