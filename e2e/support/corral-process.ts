import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTinyModels, findLlamaServer } from '@corral/testkit';

export const root = path.resolve(import.meta.dirname, '../..');
const cacheDir = path.join(root, '.cache');
const cli = path.join(root, 'packages/node-adapter/dist/cli.js');

/** A `corral serve` process over the real llama-server and the three tiny models. */
export interface CorralProcess {
  readonly url: string;
  readonly pid: number;
  readonly stateDir: string;
  readonly log: () => string;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends it and removes its state. */
  dispose(): Promise<void>;
}

export interface CorralProcessOptions {
  readonly args?: readonly string[];
  readonly stateDir?: string;
  readonly modelsDir?: string;
}

/** Starts `corral serve` on a free port and waits until it is ready. */
export async function startCorral(options: CorralProcessOptions = {}): Promise<CorralProcess> {
  const llama = await findLlamaServer({ cacheDir });
  const modelsDir = options.modelsDir ?? path.join(cacheDir, 'models', 'demo');
  if (!options.modelsDir) await ensureTinyModels(modelsDir);
  const stateDir = options.stateDir ?? mkdtempSync(path.join(tmpdir(), 'corral-e2e-'));
  const args = [
    'serve',
    '--port',
    '0',
    '--models-dir',
    modelsDir,
    '--state-dir',
    stateDir,
    '--llama-server',
    llama.command,
    '--port-range',
    portRange(),
  ];
  const child = spawn(process.execPath, [cli, ...args, ...(options.args ?? [])], {
    env: { ...process.env, ...llama.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await readyUrl(child, () => log);
  const kill = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    pid: child.pid as number,
    stateDir,
    log: () => log,
    exited,
    kill,
    dispose: async () => {
      await kill('SIGTERM');
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Ports for the hub's servers that the other worker's hubs do not use. */
function portRange(): string {
  const from = 8050 + 50 * Number(process.env['VITEST_POOL_ID'] ?? 1);
  return `${from}-${from + 49}`;
}

/** Reads the url from the log line that says that it is ready. */
function readyUrl(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`corral ended before it was ready:\n${log()}`)));
    const timer = setInterval(() => {
      const url = /"corral is ready","url":"([^"]+)"/.exec(log())?.[1];
      if (!url) return;
      clearInterval(timer);
      resolve(url);
    }, 20);
    child.once('exit', () => clearInterval(timer));
  });
}
