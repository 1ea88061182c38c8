// `object.assign/polyfill`.
module.exports = () => Object.assign;
