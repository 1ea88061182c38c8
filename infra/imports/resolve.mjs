// Where an import of a package leads: Node's modules to the layer, shared packages to units of their own, some files to ours.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isBuiltin } from 'node:module';
import { ALIASES, FILES, PATCHES } from './patches.mjs';
import { LAYER, SHARED } from './units.mjs';

/** JSON from this size on is bundled as a text that is parsed when it is used: as code it would be three times as long. */
const LARGE_JSON_BYTES = 4096;

/** The esbuild plugin that resolves the imports of one unit. */
export function resolver({ here, unit, entry, queue }) {
  return {
    name: 'resolve',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (asked) => {
        if (asked.kind === 'entry-point' || asked.pluginData === 'npm') return undefined;
        const { path } = asked;
        // `hedgerow:NAME` is a source or native of the core, `unit:NAME` another unit.
        if (path.startsWith('hedgerow:')) return { path, external: true };
        if (path.startsWith('unit:')) return { path: path.slice('unit:'.length), external: true };
        // A file of ours that stands in for a package may ask for the package itself.
        const alias = asked.importer.includes('/node_modules/') && ALIASES[path];
        if (alias) return alias.startsWith('unit:') ? { path: alias.slice('unit:'.length), external: true } : { path: join(here, alias) };
        const layer = layerUnit(path);
        if (layer) return { path: layer, external: true };
        if (path.startsWith('.') || path.startsWith('/')) return insteadOf(here, asked);
        return await shared(build, asked, { unit, entry, queue });
      });
    },
  };
}

/** The unit of one of Node's modules; `events/` with a slash is the npm package of that name, as it is in Node. */
function layerUnit(path) {
  const name = path.replace(/^node:/, '');
  if (!isBuiltin(name)) return undefined;
  return LAYER.includes(name) ? `node/${name}` : `node/unavailable?${name}`;
}

/** A file of ours in the place of one of a package's. */
function insteadOf(here, { path, resolveDir }) {
  const full = join(resolveDir, path);
  const found = Object.keys(FILES).find((file) => full.endsWith(`/node_modules/${file}`) || full.endsWith(`/node_modules/${file.replace(/\.js$/, '')}`));
  return found ? { path: join(here, FILES[found]) } : undefined;
}

async function shared(build, asked, { unit, entry, queue }) {
  if (!SHARED.has(asked.path)) return undefined;
  const { importer, kind, resolveDir } = asked;
  const resolved = await build.resolve(asked.path, { resolveDir, kind, importer, pluginData: 'npm' });
  if (resolved.errors.length > 0 || resolved.path === entry) return resolved;
  const same = [...queue].find(([, known]) => known === resolved.path);
  if (same) return { path: same[0], external: true };
  const { name, version } = packageOf(resolved.path);
  const shared = `npm/${name}@${version}`;
  if (shared === unit) return resolved;
  queue.set(shared, resolved.path);
  return { path: shared, external: true };
}

/** The esbuild plugin that changes files of packages: those that need it to run here, and large JSON. */
export function patches() {
  return {
    name: 'patches',
    setup(build) {
      for (const { file, replace } of PATCHES) {
        const escaped = file.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
        build.onLoad({ filter: new RegExp(`/node_modules/${escaped}$`) }, ({ path }) => {
          let contents = readFileSync(path, 'utf8');
          for (const [from, to] of replace) {
            if (!contents.includes(from)) throw new Error(`${path}: the patch no longer applies: there is no ${JSON.stringify(from)}`);
            contents = contents.replaceAll(from, () => to);
          }
          return { contents, loader: 'js', resolveDir: dirname(path) };
        });
      }
      build.onLoad({ filter: /\.json$/ }, ({ path }) => {
        const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
        if (path.endsWith('/package.json')) {
          const { name, version } = JSON.parse(text);
          return { contents: JSON.stringify({ name, version }), loader: 'json' };
        }
        return text.length < LARGE_JSON_BYTES ? undefined : { contents: `module.exports = JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
      });
    },
  };
}

/** The npm package that a file belongs to; nothing for a file of ours. */
export function packageOf(path) {
  if (!path.includes('/node_modules/')) return undefined;
  for (let folder = dirname(path); folder.includes('/node_modules/'); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const { name, version, license, licenses, author } = JSON.parse(readFileSync(file, 'utf8'));
    // Folders inside a package may hold a package.json that says no more than `type`.
    if (!name || !version) continue;
    const said = license?.type ?? license ?? licenses?.map?.((one) => one.type ?? one).join(' or ') ?? 'not stated';
    return { name, version, license: said, author: typeof author === 'string' ? author : author?.name, folder };
  }
  return undefined;
}
