// `aws-sdk`: the core at once, each service when it is first named, as all of them together take some 20 ms and 8 MB.

const { AWS } = require('unit:aws-sdk/core');
const services = require('virtual:aws-sdk/services');

for (const [name, client] of Object.entries(services)) {
  // A few are part of the core, for its own credentials.
  if (Object.hasOwn(AWS, name)) continue;
  const settle = (value) => Object.defineProperty(AWS, name, { value, writable: true, configurable: true, enumerable: true });
  Object.defineProperty(AWS, name, {
    configurable: true,
    enumerable: true,
    // The client's script assigns its class to this name.
    get() { return require.unit(`aws-sdk/clients/${client}`); },
    set: settle,
  });
}

module.exports = AWS;
