// In the place of `winston`: snowflake-sdk would log to standard output and to a file. An app has neither, and its console is its own.

class Transport {}

exports.transports = { Console: Transport, File: Transport };
exports.createLogger = function createLogger({ level, levels }) {
  return Object.assign({ level, levels, log() {} }, Object.fromEntries(Object.keys(levels).map((name) => [name, () => {}])));
};
