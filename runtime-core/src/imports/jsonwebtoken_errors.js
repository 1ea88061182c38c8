// The errors of `jsonwebtoken`. As the package's they carry `name` and `message` where `JSON.stringify` sees them.
(function (builtins) {
  'use strict';
  const { Error } = builtins;

  class JsonWebTokenError extends Error {
    constructor(message, inner) {
      super();
      this.name = 'JsonWebTokenError';
      this.message = message;
      if (inner) this.inner = inner;
    }
  }

  class TokenExpiredError extends JsonWebTokenError {
    constructor(message, expiredAt) {
      super(message);
      this.name = 'TokenExpiredError';
      this.expiredAt = expiredAt;
    }
  }

  class NotBeforeError extends JsonWebTokenError {
    constructor(message, date) {
      super(message);
      this.name = 'NotBeforeError';
      this.date = date;
    }
  }

  return { JsonWebTokenError, TokenExpiredError, NotBeforeError };
})
