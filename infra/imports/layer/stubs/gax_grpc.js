// In the place of google-gax's `grpc.js`: @google-cloud/pubsub speaks REST here (entries/pubsub.js).

class GrpcClient {
  constructor() {
    throw new Error("there is no gRPC here: hedgerow's @google-cloud/pubsub speaks REST, with `fallback: 'rest'`");
  }

  static createByteLengthFunction(message) {
    return (value) => message.encode(message.fromObject(value)).finish().length;
  }
}

module.exports = { GrpcClient, ClientStub: class ClientStub {} };
