// The Node side: `node runner.js SCRIPT make` writes JSON, `node runner.js SCRIPT run` reads what both sides made and
// writes lines.
'use strict';
const { readFileSync } = require('fs');

process.noDeprecation = true;
globalThis.load = require;
const evaluate = (file) => (0, eval)(readFileSync(`${__dirname}/${file}`, 'utf8'));
const [, , script, action] = process.argv;
const { make, run } = evaluate(script);
if (action === 'make') {
  process.stdout.write(JSON.stringify(make === undefined ? null : make()));
} else {
  const tools = evaluate('prelude.js');
  const { theirs, shared } = JSON.parse(readFileSync(0, 'utf8'));
  Promise.resolve(run(tools, theirs, shared)).then(() => {
    process.stdout.write(tools.lines.map((line) => `${line}\n`).join(''));
  });
}
