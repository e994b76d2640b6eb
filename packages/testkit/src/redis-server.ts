import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisInstall } from './redis-install.ts';

/** A Redis of its own, with nothing kept after its end. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** For clients, such as `redis://127.0.0.1:6380`. */
  readonly url: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Everything that it has logged. */
  readonly log: () => string;
  /** Ends the process at once, without a word to its clients. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with nothing of what it knew. */
  restart(): Promise<void>;
  /** Sends a signal, for example SIGSTOP and SIGCONT. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it and removes its files. Idempotent. */
  close(): Promise<void>;
}

/** Starts a Redis on a free loopback port, which keeps nothing on disk, and waits until it answers. */
export async function startRedis(install: RedisInstall): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'redis-'));
  let log = '';
  const hear = (text: string): void => {
    log += text;
  };
  const port = await freePort();
  let child = await launch(install, { dir, port, hear }).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid as number;
    },
    log: () => log,
    kill: () => ended(child),
    restart: async () => {
      await ended(child);
      child = await launch(install, { dir, port, hear });
    },
    signal: (name) => {
      child.kill(name);
    },
    close: async () => {
      await ended(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Launch {
  readonly dir: string;
  readonly port: number;
  readonly hear: (text: string) => void;
}

async function launch({ command, env }: RedisInstall, { dir, port, hear }: Launch): Promise<ChildProcess> {
  const child = spawn(
    command,
    [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ],
    { cwd: dir, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  await new Promise<void>((ready, failed) => {
    child.once('error', failed);
    child.once('close', () => failed(new Error(`Redis ended before it was ready:\n${said}`)));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        hear(text);
        if (/Ready to accept connections/.test(said)) ready();
      });
  });
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  // There is nothing to save, and one that was stopped hears nothing else.
  child.kill('SIGKILL');
  await closed;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== 'object' || !address) throw new Error('No free port was found');
  return address.port;
}
