// The built-ins our sources use, taken before an app runs: an app that declares or replaces a global of the same name changes
// nothing for us. (One that patches a prototype does, but only for itself: an isolate holds one app.)
({
  Array, ArrayBuffer, BigInt, DataView, Date, Error, Float32Array, Float64Array, JSON, Map, Math, Number, Object, Promise,
  Proxy, RangeError, ReferenceError, Reflect, RegExp, Set, SharedArrayBuffer: globalThis.SharedArrayBuffer, String, Symbol,
  Infinity, SyntaxError, TypeError, URIError, Uint8Array, WeakMap, decodeURIComponent, encodeURIComponent, isNaN, parseInt, undefined,
})
