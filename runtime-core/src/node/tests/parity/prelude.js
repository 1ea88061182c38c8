// What both sides run a script with: `load` is there already. Gives { print, attempt, lines }.
(function () {
  const lines = [];
  const clean = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ud800-\udfff]/gu,
    (character) => '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0'));
  function shown(value, depth) {
    if (depth > 5) return '...';
    if (typeof value === 'string') return '"' + clean(value) + '"';
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'function') return 'function ' + value.name;
    if (typeof value === 'symbol') return 'symbol';
    if (typeof value !== 'object' || value === null) return String(value);
    if (typeof Buffer !== 'undefined' && Buffer.isBuffer(value)) return '<' + value.toString('hex') + '>';
    if (value instanceof Error) return failure(value);
    if (Array.isArray(value)) return '[' + value.map((item) => shown(item, depth + 1)).join(', ') + ']';
    if (ArrayBuffer.isView(value)) return value.constructor.name + '<' + Array.from(value).join(' ') + '>';
    if (value instanceof ArrayBuffer) return 'ArrayBuffer<' + Buffer.from(value).toString('hex') + '>';
    return '{' + Object.keys(value).map((key) => clean(key) + ': ' + shown(value[key], depth + 1)).join(', ') + '}';
  }
  function failure(error) {
    const own = ['errno', 'library', 'reason', 'input', 'syscall'].filter((name) => name in error);
    return clean(error) + ' | ' + error.name + ' | ' + error.code + ' | ' + clean(error.message) +
      own.map((name) => ' | ' + name + ' ' + shown(error[name], 4)).join('');
  }
  function print(label, value) { lines.push(label + ' -> ' + shown(value, 0)); }
  function attempt(label, action) {
    try {
      print(label, action());
    } catch (error) {
      lines.push(label + ' throws ' + failure(error));
    }
  }
  /** Every expression of a text, a line each, evaluated with the given names. */
  function each(text, names) {
    const keys = Object.keys(names || {});
    for (const line of text.split('\n').map((one) => one.trim()).filter(Boolean)) {
      attempt(line, () => new Function(...keys, 'return (' + line + ')')(...keys.map((key) => names[key])));
    }
  }
  return { print, attempt, each, lines };
})()
