// The licence notices of everything in the bundle.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = /^(licen[cs]e|copying|notice|copyright)([-.].*)?$/i;

/** One text with name, version, licence and the licence files of each package; equal texts stand once. */
export function notices(packages) {
  const texts = new Map();
  for (const key of [...packages.keys()].sort()) {
    const found = packages.get(key);
    const names = readdirSync(found.folder).filter((file) => FILES.test(file)).sort();
    const files = names.map((file) => readFileSync(join(found.folder, file), 'utf8').replace(/\r\n/g, '\n').trim());
    const text = files.join('\n\n') || `No licence file in the package; its package.json says: ${found.license}${author(found)}`;
    texts.set(text, [...(texts.get(text) ?? []), `${key} (${found.license})`]);
  }
  const head = 'This file lists the npm packages in the imports bundle of hedgerow, each with its licence.\n';
  const parts = [...texts].map(([text, names]) => `${'='.repeat(80)}\n${names.join('\n')}\n${'-'.repeat(80)}\n${text}\n`);
  return [head, ...parts].join('\n');
}

function author(found) {
  return found.author ? `, author: ${found.author}` : '';
}
