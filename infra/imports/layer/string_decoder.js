// `string_decoder`: the npm package.
module.exports = require('string_decoder/');
