// Shared by start.mjs and test.mjs. Builtins only: it begins on the system's Node, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const leastNode = [22, 19];

/** Prints one line of progress. */
export function say(message) {
  process.stdout.write(`\u25b8 ${message}\n`);
}

/** Ends the run with a reason. */
function fail(message) {
  process.stderr.write(`\u2716 ${message}\n`);
  process.exit(1);
}

/** Installs the locked packages when the lock has changed since the last time. */
export function installPackages() {
  const marker = path.join(root, 'node_modules', '.corral-lock-hash');
  const hash = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return;
  say('installing packages (npm ci)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci failed; its messages are above');
  writeFileSync(marker, hash);
}

/** The Node that the lock file pins, or this one where it is new enough. */
function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const pinned = path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name);
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return process.execPath;
  return fail(`Node ${leastNode.join('.')} or newer is needed here, and this is ${process.version}`);
}

/** Makes sure that Debian packages are there: installs them as root, else says which are missing. */
export function installDebianPackages(packages, isThere) {
  if (isThere()) return;
  const names = packages.join(' ');
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) fail(`Please install: ${names}`);
  if (process.getuid() !== 0) fail(`Please install these Debian packages: sudo apt-get install ${names}`);
  say(`installing Debian packages: ${names}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
  if (!isThere()) fail(`apt-get could not install: ${names}`);
}

/**
 * Runs a script of ours on the pinned Node and ends with its exit code. The script has a process group of its own, so a
 * Ctrl-C reaches it once, from here, and it can stop what it started in order.
 */
export function runOnPinnedNode(script, args) {
  const node = pinnedNode();
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const bin = path.join(root, 'node_modules', '.bin');
  const child = spawn(node, [path.join(root, script), ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
  });
  let asked = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // npm passes a Ctrl-C on that the terminal has sent us already.
      if (Date.now() - asked < 500) return;
      asked = Date.now();
      child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
