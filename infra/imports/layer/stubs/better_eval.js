// In the place of `better-eval`, with which snowflake-sdk reads a VARIANT: JSON in which `undefined` and what is no number may stand.
// What a server sends is data here, never code.

const WORDS = /("(?:[^"\\]|\\.)*")|\bundefined\b|\bNaN\b|-?\bInfinity\b/g;
const VALUES = { undefined, NaN, Infinity, '-Infinity': -Infinity };

module.exports = function betterEval(source) {
  const text = source.replace(/^\(([^]*)\)$/, '$1');
  try {
    return JSON.parse(text);
  } catch (error) {
    // A mark that no text of the server's holds.
    let mark = '\u0000';
    while (text.includes(mark)) mark += '\u0000';
    const marked = text.replace(WORDS, (word, string) => string ?? JSON.stringify(`${mark}${word}`));
    if (marked === text) throw error;
    return restored(JSON.parse(marked), mark);
  }
};

function restored(value, mark) {
  if (typeof value === 'string') return value.startsWith(mark) ? VALUES[value.slice(mark.length)] : value;
  if (value === null || typeof value !== 'object') return value;
  for (const key of Object.keys(value)) value[key] = restored(value[key], mark);
  return value;
}
