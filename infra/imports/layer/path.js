// `path`: POSIX paths, the npm package.
const path = require('path-browserify');
path.posix = path;
path.win32 = path;
module.exports = path;
