// `fs`: a file system with nothing in it. Packages look for configuration, credentials and certificates at their start; they find none.

const { promisify } = require('util');

function missing(syscall, path) {
  return Object.assign(new Error(`ENOENT: no such file or directory, ${syscall} '${path}'`), { errno: -2, syscall, code: 'ENOENT', path: `${path}` });
}

function readOnly(syscall, path) {
  return Object.assign(new Error(`EROFS: read-only file system, ${syscall} '${path}'`), { errno: -30, syscall, code: 'EROFS', path: `${path}` });
}

const READING = {
  access: 'access', lstat: 'lstat', open: 'open', opendir: 'opendir', readFile: 'open', readdir: 'scandir', readlink: 'readlink', realpath: 'realpath',
  rm: 'rm', rmdir: 'rmdir', stat: 'stat', unlink: 'unlink',
};
const WRITING = {
  appendFile: 'open', chmod: 'chmod', chown: 'chown', copyFile: 'copyfile', mkdir: 'mkdir', mkdtemp: 'mkdtemp', rename: 'rename', symlink: 'symlink',
  truncate: 'open', utimes: 'utime', writeFile: 'open',
};

const fs = {
  constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, S_IFMT: 61440 },
  promises: {},
  existsSync: () => false,
  exists: (_path, callback) => { process.nextTick(callback, false); },
  createReadStream: (path) => failing('Readable', missing('open', path)),
  createWriteStream: (path) => failing('Writable', readOnly('open', path)),
  Stats: class Stats {},
};
fs.exists[promisify.custom] = async () => false;

function failing(kind, error) {
  const stream = new (require('stream')[kind])({ read() {}, write(_chunk, _encoding, callback) { callback(error); } });
  process.nextTick(() => { stream.destroy(error); });
  return stream;
}

function define(name, error) {
  fs[`${name}Sync`] = (path, options) => {
    if (name.endsWith('stat') && options?.throwIfNoEntry === false) return undefined;
    throw error(path);
  };
  fs[name] = (path, ...rest) => {
    const callback = rest[rest.length - 1];
    if (typeof callback !== 'function') throw new TypeError(`fs.${name} takes a callback`);
    process.nextTick(callback, error(path));
  };
  fs.promises[name] = async (path) => { throw error(path); };
}

for (const [name, syscall] of Object.entries(READING)) define(name, (path) => missing(syscall, path));
for (const [name, syscall] of Object.entries(WRITING)) define(name, (path) => readOnly(syscall, path));
fs.realpathSync.native = fs.realpathSync;
fs.realpath.native = fs.realpath;

module.exports = fs;
