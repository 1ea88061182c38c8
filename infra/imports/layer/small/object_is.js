// `object-is/polyfill`.
module.exports = () => Object.is;
