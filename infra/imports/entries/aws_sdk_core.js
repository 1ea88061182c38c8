// What all clients of aws-sdk share, and the files of its `lib/` that some of them ask for.

const lib = {};
exports.lib = (name) => lib[name]();
require('virtual:aws-sdk/lib')(lib);

require('aws-sdk/lib/node_loader');
exports.AWS = require('aws-sdk/lib/core');
