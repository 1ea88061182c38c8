// `@google-cloud/pubsub` over REST: gRPC would take an HTTP/2 of its own. Publishing, topics, subscriptions, schemas and pulling once work;
// what only gRPC has, a subscription's open stream of messages, says so.

const pubsub = require('@google-cloud/pubsub');
const { GoogleError, Status } = require('google-gax');

// Apps look for the name of the status in the message, where gRPC puts it: `5 NOT_FOUND: Resource not found`. The answer has it as
// `status`; from that of HTTP alone one that exists already would be `ABORTED`.
const parseHttpError = GoogleError.parseHttpError;
GoogleError.parseHttpError = function (json) {
  const error = parseHttpError.call(GoogleError, json);
  const known = Status[(Array.isArray(json) ? json[0] : json)?.error?.status];
  if (known !== undefined) error.code = known;
  if (Status[error.code] !== undefined) error.message = `${error.code} ${Status[error.code]}: ${error.message}`;
  return error;
};

class PubSub extends pubsub.PubSub {
  constructor(options) {
    super({ ...options, fallback: 'rest' });
    // An emulator speaks plain HTTP, unless its address says otherwise.
    if (this.isEmulator && !/^https:/.test(this.options.apiEndpoint ?? '')) this.options.protocol = 'http';
  }
}

pubsub.Subscription.prototype.open = function () {
  const message = 'a subscription cannot stream messages here: @google-cloud/pubsub runs over REST; use v1.SubscriberClient to pull';
  process.nextTick(() => this.emit('error', new Error(message)));
};

// The exports are getters of the package's own making.
module.exports = Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(pubsub), PubSub: { value: PubSub, enumerable: true, writable: true, configurable: true } });
