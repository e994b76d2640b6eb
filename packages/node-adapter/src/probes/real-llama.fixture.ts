import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ensureTinyModels, findLlamaServer, type TinyModel } from '@corral/testkit';
import { Client } from 'undici';
import { clientOptions, ServerConnection } from './server-connection.js';

const cacheDir = path.resolve(import.meta.dirname, '..', '..', '..', '..', '.cache');

/** A real llama-server or router on a port of its own. */
export interface RealLlama {
  readonly pid: number;
  readonly origin: string;
  readonly child: ChildProcess;
  connection(): ServerConnection;
  /** What it printed. */
  log(): string;
  end(): Promise<void>;
}

/** Tiny models in the cache, made on first use. */
export function tinyModels(): Promise<readonly TinyModel[]> {
  return ensureTinyModels(path.join(cacheDir, 'models', 'demo'));
}

/** Starts a real llama-server and waits until it says where it listens, which it does once it is ready. */
export async function startRealLlama(args: readonly string[]): Promise<RealLlama> {
  const llama = await findLlamaServer({ cacheDir });
  const all = [...(llama.args ?? []), '--host', '127.0.0.1', '--port', '0', '--offline', ...args];
  const child = spawn(llama.command, all, {
    env: { ...process.env, ...llama.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  const listening = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const origin = /listening on (http:\/\/[\d.]+:\d+)/.exec(log)?.[1];
      if (origin !== undefined) resolve(origin);
    });
    void exited.then(() => reject(new Error(`llama-server ended: ${log.slice(-2000)}`)));
  });
  const origin = await listening;
  const connections: ServerConnection[] = [];
  return {
    pid: child.pid as number,
    origin,
    child,
    log: () => log,
    connection() {
      const location = { origin, basePath: '', apiKey: null };
      const connection = new ServerConnection(location, (to) => new Client(to, clientOptions));
      connections.push(connection);
      return connection;
    },
    async end() {
      await Promise.all(connections.map((connection) => connection.close()));
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 3000);
      await exited;
      clearTimeout(force);
    },
  };
}

/** Asks it to generate; resolves with the number of tokens it says it made. */
export async function generate(origin: string, tokens: number, model?: string): Promise<number> {
  const response = await fetch(`${origin}/completion`, {
    method: 'POST',
    body: JSON.stringify({ prompt: 'Once upon a time', n_predict: tokens, ignore_eos: true, model }),
  });
  return ((await response.json()) as { tokens_predicted: number }).tokens_predicted;
}
