// Bundles every unit of the imports bundle into one function of sloppy JavaScript: `node build.mjs OUT`, started by `cargo xtask imports`
// in a folder where `npm ci` has installed package-lock.json beside this file, `layer/` and `entries/`.
//
// OUT gets a file a unit, `units.json` that lists them, and `notices.txt`, the licences of all npm packages that got in.

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notices } from './notices.mjs';
import { packageOf, patches, resolver } from './resolve.mjs';
import { ENTRIES, GIVERS, LAYER, PARAMETERS } from './units.mjs';
import { parts, virtual } from './virtual.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

/** Entries by the names of their units; shared packages join while others are built. */
const queue = new Map(LAYER.map((name) => [`node/${name}`, join(here, 'layer', `${name.replace('/', '_')}.js`)]));
for (const [name, entry] of parts()) queue.set(name, entry);
for (const [name, entry] of Object.entries(ENTRIES)) {
  queue.set(name, entry.startsWith('./') ? join(here, entry) : fileURLToPath(import.meta.resolve(entry)));
}
// After the clients, which say what of it they need.
queue.set('aws-sdk/core', join(here, 'entries/aws_sdk_core.js'));

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
    plugins: [virtual(name), resolver({ here, unit: name, entry, queue }), patches()],
  });
  const [{ text }] = result.outputFiles;
  const own = GIVERS[name] ?? [];
  const parameters = PARAMETERS.filter((one) => !own.includes(one) && new RegExp(`(?<![\\w$.])${one}(?![\\w$])`).test(text));
  return { text: `(function (${parameters.join(', ')}) {\n${text}\n})\n`, parameters, inputs: Object.keys(result.metafile.inputs) };
}

/** The version of the npm package that an app imports under that name. */
function versionOf(name) {
  return name in ENTRIES ? packageOf(fileURLToPath(import.meta.resolve(`${name}/package.json`))).version : null;
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
  units.push({ name, version: versionOf(name), parameters, file });
}
units.sort((one, other) => (one.name < other.name ? -1 : 1));
writeFileSync(join(out, 'units.json'), JSON.stringify(units, null, 1));
writeFileSync(join(out, 'notices.txt'), notices(packages));
