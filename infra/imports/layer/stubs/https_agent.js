// In the place of snowflake-sdk's agents: certificates are checked by the host, without OCSP; there are no proxies.
const { Agent } = require('https');
module.exports = function HttpsAgent(options) { return new Agent({ ...options, host: undefined, port: undefined }); };
