// In the place of what is never used here.
module.exports = {};
