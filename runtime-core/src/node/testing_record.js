// Writes a table of tests: `TZ=UTC LC_ALL=en_US.UTF-8 node testing_record.js < NAME.txt > NAME.json` with Node 20. A line of the
// input is an expression; `load(name)` in it is `require(name)`.
'use strict';
const { readFileSync } = require('fs');

process.noDeprecation = true;
globalThis.load = require;
const show = (0, eval)(readFileSync(`${__dirname}/testing_show.js`, 'utf8'));
const lines = readFileSync(0, 'utf8').split('\n').filter((line) => line && !line.startsWith('//'));
const rows = lines.map((line) => `  ${JSON.stringify([line, show(line)])}`);
process.stdout.write(`[\n${rows.join(',\n')}\n]\n`);
