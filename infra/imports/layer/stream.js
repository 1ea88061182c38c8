// `stream`: readable-stream, the npm package that Node's own is published as; as in Node, the module is the old class Stream.

const streams = require('readable-stream/lib/stream');

streams.Stream = streams;
module.exports = streams;
Object.defineProperty(streams, 'promises', { configurable: true, enumerable: true, get: () => require('stream/promises') });
