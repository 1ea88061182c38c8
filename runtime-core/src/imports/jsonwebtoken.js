// The import `jsonwebtoken`, as version 8.5.1 behaves with HS256, HS384, HS512 and `none`. Algorithms with RSA or EC keys throw
// an error that says so. One thing is as in version 9: an unsigned token is only taken where `algorithms` names `none`.
(function (builtins, natives, load) {
  'use strict';
  const { decode } = load('imports/jsonwebtoken_jws');
  const { verify } = load('imports/jsonwebtoken_verify');
  const { sign } = load('imports/jsonwebtoken_sign');
  const { JsonWebTokenError, NotBeforeError, TokenExpiredError } = load('imports/jsonwebtoken_errors');

  return { decode, verify, sign, JsonWebTokenError, NotBeforeError, TokenExpiredError };
})
