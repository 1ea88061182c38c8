// `process`, without the process: no environment, no arguments, no file descriptors.

const EventEmitter = require('events');

const process = new EventEmitter();

/** Ticks that wait, in one reaction for all of them: in the order in which they were asked for. */
let waiting = [];

function runTicks() {
  const ticks = waiting;
  waiting = [];
  for (let index = 0; index < ticks.length; index += 1) {
    const { callback, args } = ticks[index];
    try {
      callback(...args);
    } catch (error) {
      raise(error);
    }
  }
}

/**
 * What Node would end the process for: it fails the call it belongs to. What the direct reaction to a promise of the host throws does; what
 * any other reaction throws would only be an unhandled rejection of the app, and what waits for this callback would wait for ever.
 */
function raise(error) {
  require('hedgerow:node/binding').startTimer(0).done.then(() => { throw error; });
}

function nextTick(callback, ...args) {
  if (typeof callback !== 'function') {
    throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  waiting.push({ callback, args });
  if (waiting.length === 1) Promise.resolve().then(runTicks);
}

let started;

/** Milliseconds with a fraction, from a clock that never goes back. */
function now() {
  return require('hedgerow:node/binding').hrtime();
}

function hrtime(since) {
  const milliseconds = now();
  let seconds = Math.floor(milliseconds / 1e3);
  let nanoseconds = Math.floor((milliseconds - seconds * 1e3) * 1e6);
  if (since) {
    seconds -= since[0];
    nanoseconds -= since[1];
    if (nanoseconds < 0) { seconds -= 1; nanoseconds += 1e9; }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(Math.floor(now() * 1e6));

function refuse(name) {
  return () => { throw new Error(`Node's \`process.${name}\` cannot be used here`); };
}

const output = (log) => ({ isTTY: false, fd: -1, columns: 80, write(text) { log(String(text).replace(/\n$/, '')); return true; }, on() {}, once() {}, end() {} });

Object.assign(process, {
  arch: 'x64',
  argv: ['node'],
  argv0: 'node',
  binding: refuse('binding'),
  chdir: refuse('chdir'),
  config: { variables: {} },
  cpuUsage: () => ({ user: 0, system: 0 }),
  cwd: () => '/',
  // What a package warns of its own age is nothing an app's author can act on.
  emitWarning() {},
  env: {},
  execArgv: [],
  execPath: '/usr/bin/node',
  exit: refuse('exit'),
  features: {},
  getegid: () => -1,
  geteuid: () => -1,
  getgid: () => -1,
  getuid: () => -1,
  hrtime,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  nextTick,
  pid: 1,
  platform: 'linux',
  ppid: 0,
  release: { name: 'node' },
  stderr: output((text) => console.error(text)),
  stdin: { isTTY: false, on() {} },
  stdout: output((text) => console.log(text)),
  title: 'node',
  umask: () => 0o22,
  uptime: () => (now() - (started ??= now())) / 1e3,
  version: 'v20.20.2',
  versions: { node: '20.20.2', modules: '115' },
});

module.exports = process;
