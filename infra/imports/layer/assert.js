// `assert`: the npm package.
module.exports = require('assert/');
module.exports.strict ??= module.exports;
