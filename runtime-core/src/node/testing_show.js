// (expression) -> what it evaluates to, in one line that says the type as well.
(function (expression) {
  function describe(value, depth) {
    if (depth > 4) return '…';
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'function') return 'function ' + value.name;
    if (typeof value !== 'object' || value === null) return String(value);
    if (typeof Buffer !== 'undefined' && Buffer.isBuffer(value)) {
      return 'Buffer<' + Array.from(value).map((byte) => byte.toString(16).padStart(2, '0')).join(' ') + '>';
    }
    if (value instanceof Error) return String(value) + (value.code ? ' ' + value.code : '');
    if (Array.isArray(value)) return '[' + value.map((item) => describe(item, depth + 1)).join(', ') + ']';
    if (ArrayBuffer.isView(value)) return value.constructor.name + '<' + Array.from(value).join(' ') + '>';
    const keys = Object.keys(value);
    return '{' + keys.map((key) => key + ': ' + describe(value[key], depth + 1)).join(', ') + '}';
  }
  try {
    return describe((0, eval)(expression), 0);
  } catch (error) {
    return 'throws ' + describe(error, 0);
  }
})
