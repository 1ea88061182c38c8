// `buffer`: the core's.
module.exports = require('hedgerow:node/buffer_module');
