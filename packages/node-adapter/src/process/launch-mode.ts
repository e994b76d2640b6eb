import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { FileInput, type LogInput, PipeInput } from './log-input.js';
import { resolveCommand } from './resolve-command.js';

/** A program with its arguments and its environment. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A child that was spawned, with what it says. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly log: LogInput;
  /** The file it writes its output to, where it does so without us. */
  readonly logFile: string | null;
}

/** Spawns a server that dies with us: its output comes through pipes, and on Linux the kernel ends it when we end. */
export async function spawnTied({ command, args, env }: Program): Promise<Spawned> {
  const [program, programArgs] = await tiedToParent(command, args);
  const child = spawn(program, programArgs, {
    ...common,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, log: new PipeInput(child), logFile: null };
}

/** Spawns a server that can outlive us: it writes its output to a file of its own. */
export async function spawnFree({ command, args, env }: Program, logFile: string): Promise<Spawned> {
  await mkdir(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const output = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      ...common,
      env,
      stdio: ['ignore', output.fd, output.fd],
    });
    child.unref();
    return { child, log: new FileInput(logFile), logFile };
  } finally {
    await output.close();
  }
}

/** Without a shell, in a group of its own. */
const common = { detached: true, shell: false, windowsHide: true } as const;

/** `setpriv` asks the kernel to end the child when its parent ends, however it ends, and then becomes the child. */
async function tiedToParent(command: string, args: readonly string[]): Promise<[string, readonly string[]]> {
  if (process.platform !== 'linux') return [command, args];
  try {
    return [await resolveCommand('setpriv'), ['--pdeathsig', 'KILL', '--', command, ...args]];
  } catch {
    return [command, args];
  }
}
