// `faker`, whose locales are loaded when they are first used.

const Faker = require('faker/lib');

const locales = {};
for (const name of require('virtual:faker/locales')) {
  Object.defineProperty(locales, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = require.unit(`faker/locales/${name}`);
      Object.defineProperty(locales, name, { value, writable: true, configurable: true, enumerable: true });
      return value;
    },
  });
}

module.exports = new Faker({ locales });
