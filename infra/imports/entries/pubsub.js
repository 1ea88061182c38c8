// `@google-cloud/pubsub` over REST: gRPC would take an HTTP/2 of its own. Publishing, topics, subscriptions, schemas and pulling once work;
// what only gRPC has, a subscription's open stream of messages, says so.

const pubsub = require('@google-cloud/pubsub');

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
