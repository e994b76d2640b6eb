import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { LaunchFailure, type LaunchRequest, type ServerLauncher, type ServerProcess } from '@corral/core';
import type { RunRecords } from '../stores/run-records.js';
import type { ServerKeys } from '../stores/server-keys.js';
import { assertPortFree } from './bind-check.js';
import { childEnvironment } from './child-environment.js';
import { llamaArgs } from './llama-args.js';
import { LlamaProcess } from './llama-process.js';
import { identify } from './process-identity.js';
import { resolveCommand } from './resolve-command.js';

/** How llama-server is run on this machine. */
export interface LlamaCommand {
  /** A path, or a name on PATH. Default: `llama-server`. */
  readonly command: string;
  /** Arguments before all others, for a wrapper. */
  readonly args?: readonly string[];
  /** Variables added to the built environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts llama-server processes: without a shell, in a group of their own, with a built environment, on 127.0.0.1. */
export class LlamaLauncher implements ServerLauncher {
  readonly #llama: LlamaCommand;
  readonly #keys: ServerKeys;
  readonly #records: RunRecords;

  constructor(llama: LlamaCommand, keys: ServerKeys, records: RunRecords) {
    this.#llama = llama;
    this.#keys = keys;
    this.#records = records;
  }

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<ServerProcess> {
    const command = await resolveCommand(this.#llama.command);
    await assertPortFree(request.port);
    const keys = await this.#keys.forStart(request.file.modelId);
    const nonce = randomBytes(12).toString('hex');
    try {
      signal.throwIfAborted();
      const args = [...(this.#llama.args ?? []), ...llamaArgs(request, keys.keyFile)];
      const [program, programArgs] = await tiedToParent(command, args);
      const child = spawn(program, programArgs, {
        detached: true,
        env: childEnvironment(process.env, nonce, this.#llama.env),
        shell: false,
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      const { pid } = child;
      if (pid === undefined) throw await spawnFailure(child);
      const server = new LlamaProcess(child, pid, `http://127.0.0.1:${request.port}`, keys);
      try {
        const identity = (await identify(pid)) ?? { pid, startTime: null, bootId: null };
        const forget = await this.#records.add({ ...identity, modelId: request.file.modelId, nonce });
        // Files that stay are swept at the next start; that is no reason to fall over.
        void server.exited.then(() => Promise.allSettled([forget(), keys.dispose()]));
        return server;
      } catch (error) {
        // A server that nobody remembers must not live: no later hub would find it.
        await server.stop(0);
        throw error;
      }
    } catch (error) {
      await keys.dispose();
      throw error;
    }
  }
}

/** On Linux the kernel ends the child when we die, however we die: `setpriv` asks for it and then becomes the child. */
async function tiedToParent(command: string, args: string[]): Promise<[string, string[]]> {
  if (process.platform !== 'linux') return [command, args];
  try {
    return [await resolveCommand('setpriv'), ['--pdeathsig', 'KILL', '--', command, ...args]];
  } catch {
    return [command, args];
  }
}

function spawnFailure(child: ReturnType<typeof spawn>): Promise<LaunchFailure> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EACCES' ? 'spawn_eacces' : 'spawn_failed';
      resolve(new LaunchFailure(code, 'The server program could not be run', { cause: error }));
    });
  });
}
