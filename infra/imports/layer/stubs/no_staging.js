// In the place of what snowflake-sdk moves files with, PUT and GET: an app has no files.
module.exports = new Proxy(function () {}, {
  get(_target, member) {
    if (typeof member === 'symbol' || member === '__esModule') return undefined;
    return function () { throw new Error('files cannot be staged here: an app has no files, so PUT and GET of snowflake-sdk are not there'); };
  },
});
