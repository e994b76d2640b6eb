import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { isAlive } from './processes.js';

/** Another machine, as far as the network goes: with a loopback of its own. */
export interface NetworkNamespace {
  /** Its address on the wire to us. */
  readonly address: string;
  /** Runs a program in it; whatever runs there ends with the namespace. */
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
}

/** Some machines, each on a wire of its own to ours. */
export interface NetworkNamespaces {
  /** An address of ours that all of them reach, and nobody else. */
  readonly ownAddress: string;
  readonly spaces: readonly NetworkNamespace[];
  /** Ends everything that runs in them, and removes them and their wires. Idempotent. */
  dispose(): void;
}

const prefix = 'corral-e2e-';

/**
 * Makes network namespaces, each with one wire to this machine. They are gone after `dispose`, at the end of this process
 * whatever happens, and at the latest when the next ones are made.
 * @throws Error where they cannot be made: not as root, without `ip` of iproute2, or in a container that forbids it
 */
export function makeNetworkNamespaces(count: number): NetworkNamespaces {
  sweep();
  const names = Array.from({ length: count }, (_, i) => `${prefix}${process.pid}-${i}`);
  const dispose = (): void => {
    process.off('exit', dispose);
    names.filter((name) => list().includes(name)).forEach(remove);
  };
  process.on('exit', dispose);
  try {
    const wires = names.map((name, i) => addSpace(name, i));
    return { ownAddress: wires[0]?.own ?? '', spaces: wires.map(({ space }) => space), dispose };
  } catch (error) {
    dispose();
    throw new Error(
      'Network namespaces cannot be made here, so agents on other machines are NOT tested. They need root, `ip` of Debian’s iproute2, and a container that allows them.',
      { cause: error },
    );
  }
}

/** Makes a namespace with a wire: 10.210.x.1 is our end of it and 10.210.x.2 the other. */
function addSpace(name: string, i: number): { readonly own: string; readonly space: NetworkNamespace } {
  // From the process id, so that two runs at the same time have wires of their own.
  const net = `10.${210 + i}.${process.pid % 256}`;
  const own = `${net}.1`;
  const address = `${net}.2`;
  const wire = `cv${process.pid % 100_000}-${i}`;
  const inside = (...args: string[]): void => ip('netns', 'exec', name, 'ip', ...args);
  ip('netns', 'add', name);
  ip('link', 'add', wire, 'type', 'veth', 'peer', 'name', 'wire', 'netns', name);
  ip('addr', 'add', `${own}/30`, 'dev', wire);
  ip('link', 'set', wire, 'up');
  inside('link', 'set', 'lo', 'up');
  inside('addr', 'add', `${address}/30`, 'dev', 'wire');
  inside('link', 'set', 'wire', 'up');
  // Our address on the first wire is reached by the others through their own.
  inside('route', 'add', 'default', 'via', own);
  const run: NetworkNamespace['run'] = (command, args, env = process.env) =>
    spawn('ip', ['netns', 'exec', name, command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { own, space: { address, run } };
}

/** Ends what runs in a namespace and removes it; its wire goes with it. */
function remove(name: string): void {
  const pids = read('netns', 'pids', name).split('\n').filter(Boolean).map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  ip('netns', 'del', name);
}

/** Removes what runs left behind that were killed. */
function sweep(): void {
  for (const name of list()) {
    const [, pid] = /^corral-e2e-(\d+)-\d+$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) remove(name);
  }
}

/** The names of our namespaces; none where there is no `ip`. */
function list(): string[] {
  try {
    return read('netns', 'list')
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

function ip(...args: string[]): void {
  read(...args);
}

function read(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
