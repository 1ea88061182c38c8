// `which-typed-array`: the name of a typed array's class, or `false`.
const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
module.exports = (value) => (ArrayBuffer.isView(value) && tag.call(value)) || false;
