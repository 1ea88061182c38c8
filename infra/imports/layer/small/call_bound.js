// `call-bind/callBound`: a method as a function of its receiver, by a name as `RegExp.prototype.exec` or `%Map.prototype.get%`.
module.exports = function callBound(name) {
  const path = name.replaceAll('%', '').split('.');
  const found = path.reduce((value, key) => value?.[key], globalThis);
  return typeof found === 'function' && path.includes('prototype') ? Function.prototype.call.bind(found) : found;
};
