// `os`: a machine that tells nothing about the real one.

module.exports = {
  EOL: '\n',
  arch: () => 'x64',
  availableParallelism: () => 1,
  constants: { signals: {}, errno: {} },
  cpus: () => [],
  endianness: () => 'LE',
  freemem: () => 0,
  homedir: () => '/',
  hostname: () => 'localhost',
  loadavg: () => [0, 0, 0],
  networkInterfaces: () => ({}),
  platform: () => 'linux',
  release: () => '',
  tmpdir: () => '/tmp',
  totalmem: () => 0,
  type: () => 'Linux',
  uptime: () => 0,
  userInfo: () => ({ username: 'nobody', uid: -1, gid: -1, shell: null, homedir: '/' }),
  version: () => '',
};
