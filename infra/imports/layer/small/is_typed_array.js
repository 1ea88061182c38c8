// `is-typed-array`.
module.exports = (value) => ArrayBuffer.isView(value) && !(value instanceof DataView);
