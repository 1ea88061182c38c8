// In the place of `@grpc/grpc-js`: its names, for a client that speaks REST.

const NAMES = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED',
];

const status = {};
NAMES.forEach((name, code) => { status[name] = code; status[code] = name; });

class Metadata {
  #values = new Map();
  set(name, value) { this.#values.set(name.toLowerCase(), [value]); }
  add(name, value) { this.#values.set(name.toLowerCase(), [...this.get(name), value]); }
  get(name) { return this.#values.get(name.toLowerCase()) ?? []; }
  remove(name) { this.#values.delete(name.toLowerCase()); }
  getMap() { return Object.fromEntries([...this.#values].map(([name, [value]]) => [name, value])); }
  clone() { const copy = new Metadata(); for (const [name, values] of this.#values) for (const value of values) copy.add(name, value); return copy; }
}

class ChannelCredentials {}

const credentials = {
  createInsecure: () => new ChannelCredentials(),
  createSsl: () => new ChannelCredentials(),
  combineChannelCredentials: (one) => one,
  createFromGoogleCredential: () => new ChannelCredentials(),
};

module.exports = { status, Metadata, ChannelCredentials, credentials, loadPackageDefinition: () => { throw new Error('there is no gRPC here: hedgerow speaks REST'); } };
