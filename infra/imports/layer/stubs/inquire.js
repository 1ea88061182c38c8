// In the place of `@protobufjs/inquire`, which looks for optional modules by an `eval` of `require`.
module.exports = (name) => (name === 'buffer' ? require('buffer') : name === 'long' ? require('long') : null);
