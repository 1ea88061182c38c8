// `is-nan`.
module.exports = Number.isNaN;
