// What the host gives to the Node layer, under the packages of the bundle: never to an app.
//
//   startTimer(milliseconds) -> { done, ref, unref, cancel }
//   lookup(host, family) -> Promise<[{ address, family }]>
//   connect({ host, port, family }) -> Promise<Connection>
//   request({ method, protocol, hostname, port, path, headers, hasBody, tls }) -> Exchange
//   now(), hrtime() -> milliseconds
//
// Everything that these settle runs on behalf of a call (isolate/turns). An error that is thrown by what directly waits for one of
// their promises fails that call.
(function (builtins, natives, load) {
  'use strict';
  const { Object } = builtins;
  const { startTimer, lookup, connect, request, now, hrtime } = natives;
  return Object.freeze(Object.assign(Object.create(null), { startTimer, lookup, connect, request, now, hrtime }));
})
