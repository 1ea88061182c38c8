// `stream/promises`.

const { finished, pipeline } = require('stream');

function settled(start) {
  return new Promise((resolve, reject) => { start((error, value) => (error ? reject(error) : resolve(value))); });
}

module.exports = {
  finished: (stream, options) => settled((done) => { finished(stream, options, done); }),
  pipeline: (...streams) => {
    const last = streams[streams.length - 1];
    // Options, which only say `signal` and `end`.
    if (last && typeof last === 'object' && !last.on && !(Symbol.asyncIterator in last)) streams.pop();
    return settled((done) => { pipeline(...streams, done); });
  },
};
