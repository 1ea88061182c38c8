// In the place of `winston`: snowflake-sdk logs to the app's console, and to no file.
const LEVELS = { error: 'error', warn: 'warn', info: 'info', debug: 'debug', trace: 'debug' };

class Transport {}

exports.transports = { Console: Transport, File: Transport };
exports.createLogger = ({ level: most, levels }) => {
  const logger = { level: most };
  for (const name of Object.keys(levels)) {
    logger[name] = (message) => { if (levels[name] <= levels[logger.level]) console[LEVELS[name.toLowerCase()] ?? 'log'](message); };
  }
  return logger;
};
