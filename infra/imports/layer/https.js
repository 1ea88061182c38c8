// `https`: `http` with TLS, whose options a request or its agent has.

const http = require('http');

class Agent extends http.Agent {
  constructor(options) {
    super(options);
    this.defaultPort = 443;
    this.protocol = 'https:';
  }
}

module.exports = {
  Agent,
  Server: http.Server,
  createServer: http.createServer,
  globalAgent: new Agent({ keepAlive: true }),
  ...http.clientOf('https:', () => module.exports.globalAgent),
};
