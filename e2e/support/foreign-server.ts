import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findLlamaServer } from '@corral/testkit';
import { root } from './corral-process.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

/** A llama-server that is none of the hub's. */
export interface ForeignServer {
  readonly url: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Runs the real llama-server on a free port and waits until it answers. Without a model it is a router. */
export async function startForeignServer(...args: readonly string[]): Promise<ForeignServer> {
  const llama = await findLlamaServer({ cacheDir: path.join(root, '.cache') });
  const port = await freePort();
  const child: ChildProcess = spawn(
    llama.command,
    ['--host', '127.0.0.1', '--port', String(port), '--metrics', ...args],
    { env: { ...process.env, ...llama.env }, stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await until('the server answers', async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok);
  return {
    url,
    port,
    stop: async () => {
      const gone = once(child, 'exit');
      // The first one asks; with a client that hangs on only the second one ends it.
      child.kill('SIGTERM');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
