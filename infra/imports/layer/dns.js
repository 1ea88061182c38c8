// `dns`: names to addresses, by the host's resolver and under its guard. Records of other kinds are not to be had.

const binding = () => require('hedgerow:node/binding');

function optionsOf(options) {
  const family = typeof options === 'number' ? options : options?.family;
  return { all: Boolean(options?.all), family: family === 'IPv4' || family === 4 ? 4 : family === 'IPv6' || family === 6 ? 6 : 0 };
}

/** An address, or with `all` every one, as Node gives them. */
async function find(host, options) {
  const { all, family } = optionsOf(options);
  const literal = require('net').isIP(host);
  const found = literal ? [{ address: host, family: literal }] : await binding().lookup(host, family);
  return all ? found : found[0];
}

function lookup(host, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const asked = typeof options === 'function' ? {} : options;
  if (typeof done !== 'function') throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
  find(host, asked).then((found) => (Array.isArray(found) ? done(null, found) : done(null, found.address, found.family)), (error) => done(error));
}

const addresses = (family) => async (host) => (await find(host, { all: true, family })).map(({ address }) => address);
const resolvers = { resolve4: addresses(4), resolve6: addresses(6), resolve: (host, type = 'A') => resolverOf(type)(host) };

function resolverOf(type) {
  if (type === 'A') return resolvers.resolve4;
  if (type === 'AAAA') return resolvers.resolve6;
  return async (host) => {
    throw Object.assign(new Error(`query${type} ENOTIMP ${host}`), { code: 'ENOTIMP', syscall: `query${type}`, hostname: host });
  };
}

function withCallback(resolve) {
  return (host, ...rest) => {
    const callback = rest.pop();
    resolve(host, ...rest).then((found) => callback(null, found), (error) => callback(error));
  };
}

const others = { resolveCname: 'Cname', resolveMx: 'Mx', resolveNs: 'Ns', resolveSrv: 'Srv', resolveTxt: 'Txt', resolveAny: 'Any', reverse: 'Reverse' };
for (const [name, type] of Object.entries(others)) resolvers[name] = resolverOf(type);

class Resolver {}
Object.assign(Resolver.prototype, Object.fromEntries(Object.entries(resolvers).map(([name, resolve]) => [name, withCallback(resolve)])));

module.exports = {
  ADDRCONFIG: 32, V4MAPPED: 8, ALL: 16, NODATA: 'ENODATA', NOTFOUND: 'ENOTFOUND', NOTIMP: 'ENOTIMP',
  Resolver,
  lookup,
  ...Object.fromEntries(Object.entries(resolvers).map(([name, resolve]) => [name, withCallback(resolve)])),
  getServers: () => [],
  setServers() {},
  setDefaultResultOrder() {},
  getDefaultResultOrder: () => 'verbatim',
  promises: { ...resolvers, lookup: find },
};
lookup[Symbol.for('nodejs.util.promisify.custom')] = find;
