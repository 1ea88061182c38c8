// `child_process`: an app cannot start programs, and no package is to.

function refuse(name) {
  return () => {
    throw Object.assign(new Error(`Node's \`child_process.${name}\` cannot be used here: an app cannot start programs`), { code: 'EPERM' });
  };
}

const names = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'];
module.exports = Object.fromEntries(names.map((name) => [name, refuse(name)]));
