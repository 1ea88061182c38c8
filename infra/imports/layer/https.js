// `https`: `http` with TLS, whose options a request or its agent has.

const http = require('http');

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  http.Agent.call(this, options);
  this.defaultPort = 443;
  this.protocol = 'https:';
}
Object.setPrototypeOf(Agent.prototype, http.Agent.prototype);
Object.setPrototypeOf(Agent, http.Agent);

module.exports = {
  Agent,
  Server: http.Server,
  createServer: http.createServer,
  globalAgent: new Agent({ keepAlive: true }),
  ...http.clientOf('https:', () => module.exports.globalAgent),
};
