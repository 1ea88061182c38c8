// Bundles every unit of the imports bundle into one function body of sloppy JavaScript: `node build.mjs OUT`, started by `cargo xtask
// imports` in a folder where `npm ci` has installed package-lock.json beside this file, `layer/` and `entries/`.
//
// OUT gets a file a unit, `units.json` that lists them, and `notices.txt`, the licences of all npm packages that got in.

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notices } from './notices.mjs';
import { loaders, packageOf, resolver } from './resolve.mjs';
import { ENTRIES, GIVEN_BY, LAYER, PARAMETERS } from './units.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

/** Every unit to build by its name; those that several units share join while building. */
const queue = new Map();
for (const name of LAYER) queue.set(`node/${name}`, join(here, 'layer', `${name.replace('/', '_')}.js`));
for (const [name, entry] of Object.entries(ENTRIES)) {
  queue.set(name, entry.startsWith('./') ? join(here, entry) : fileURLToPath(import.meta.resolve(entry)));
}

async function bundle(name, entry) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'error',
    // Names are kept: `error.constructor.name` and stack traces go by them, and bytecode is hardly shorter without.
    minifySyntax: true,
    minifyWhitespace: true,
    logOverride: { 'require-resolve-not-external': 'silent', 'direct-eval': 'silent' },
    plugins: [resolver({ here, unit: name, entry, queue }), loaders(here)],
  });
  const text = result.outputFiles[0].text;
  const used = PARAMETERS.filter((parameter) => GIVEN_BY[parameter] !== name && new RegExp(`(?<![\\w$.])${parameter}(?![\\w$])`).test(text));
  return {
    text: `(function (${used.join(', ')}) {\n${text}\n})\n`,
    parameters: used,
    inputs: Object.keys(result.metafile.inputs),
  };
}

mkdirSync(out, { recursive: true });
const units = [];
const packages = new Map();
for (const [name, entry] of queue) {
  const { text, parameters, inputs } = await bundle(name, entry);
  const file = `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.js`;
  writeFileSync(join(out, file), text);
  for (const input of inputs) {
    const found = packageOf(join(here, input));
    if (found) packages.set(`${found.name}@${found.version}`, found);
  }
  const own = ENTRIES[name] && packageOf(fileURLToPath(import.meta.resolve(`${rootOf(name)}/package.json`)));
  units.push({ name, version: own ? own.version : null, parameters, file });
}
units.sort((one, other) => (one.name < other.name ? -1 : 1));
writeFileSync(join(out, 'units.json'), JSON.stringify(units, null, 1));
writeFileSync(join(out, 'notices.txt'), notices(packages));

/** The npm package that a unit of ENTRIES is part of: `aws-sdk` for `aws-sdk/clients/s3`. */
function rootOf(name) {
  return name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
}
