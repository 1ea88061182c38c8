// Modules that are written while building: lists of the parts of packages, and the way from aws-sdk's clients to what they share.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const AWS = dirname(fileURLToPath(import.meta.resolve('aws-sdk/package.json')));
const FAKER = dirname(fileURLToPath(import.meta.resolve('faker/package.json')));

/** The files of aws-sdk's `lib/` that clients ask for, found while these are built, which is before the core. */
const askedOfCore = new Set(['core', 'node_loader']);

/** Names of aws-sdk's services, as members of AWS, with their files in `clients/`. */
function services() {
  const list = readFileSync(join(AWS, 'clients/all.js'), 'utf8');
  return Object.fromEntries([...list.matchAll(/^ {2}(\w+): require\('\.\/(\w+)'\)/gm)].map(([, name, file]) => [name, file]));
}

/** The units of parts of packages, with their entries. */
export function parts() {
  const clients = Object.values(services()).map((file) => [`aws-sdk/clients/${file}`, join(AWS, 'clients', `${file}.js`)]);
  const locales = locale().map((name) => [`faker/locales/${name}`, join(FAKER, 'lib/locales', name, 'index.js')]);
  return [...clients, ...locales];
}

function locale() {
  return readdirSync(join(FAKER, 'lib/locales'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/** The esbuild plugin that writes them. */
export function virtual(unit) {
  return {
    name: 'virtual',
    setup(build) {
      build.onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: 'virtual' }));
      build.onLoad({ filter: /.*/, namespace: 'virtual' }, ({ path }) => ({ contents: contents(path), resolveDir: AWS, loader: 'js' }));
      if (!unit.startsWith('aws-sdk/clients/')) return;
      build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const file = relative(join(AWS, 'lib'), join(resolveDir, path)).replace(/\.js$/, '');
        if (file.startsWith('..') || file.startsWith('services/') || path.endsWith('.json')) return undefined;
        askedOfCore.add(file);
        return { path: `virtual:aws-sdk/of-core/${file}`, namespace: 'virtual' };
      });
    },
  };
}

function contents(path) {
  if (path === 'virtual:aws-sdk/services') return `module.exports = ${JSON.stringify(services())};`;
  if (path === 'virtual:faker/locales') return `module.exports = ${JSON.stringify(locale())};`;
  if (path === 'virtual:aws-sdk/lib') {
    const lines = [...askedOfCore].sort().map((file) => `lib[${JSON.stringify(file)}] = () => require(${JSON.stringify(`./lib/${file}`)});`);
    return `module.exports = (lib) => {\n${lines.join('\n')}\n};`;
  }
  return `module.exports = require('unit:aws-sdk/core').lib(${JSON.stringify(path.slice('virtual:aws-sdk/of-core/'.length))});`;
}
