// `url`: the core's, which is what an app imports too.
module.exports = require('hedgerow:imports/url');
