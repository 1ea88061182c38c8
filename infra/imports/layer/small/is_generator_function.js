// `is-generator-function`.
const GeneratorFunction = (function* () {}).constructor;
module.exports = (value) => typeof value === 'function' && value instanceof GeneratorFunction;
