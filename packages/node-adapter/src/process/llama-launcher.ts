import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { LaunchFailure, type LaunchRequest, type ServerLauncher, type ServerProcess } from '@corral/core';
import type { RunRecords } from '../stores/run-records.js';
import type { ServerKeys, StartKeys } from '../stores/server-keys.js';
import { assertPortFree } from './bind-check.js';
import { childEnvironment } from './child-environment.js';
import { type Spawned, spawnFree, spawnTied } from './launch-mode.js';
import { llamaArgs } from './llama-args.js';
import { LlamaProcess } from './llama-process.js';
import { childExit } from './process-exit.js';
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

/** What becomes of servers when the hub ends: they are stopped with it, or left for the next hub to take over. */
export type OnExit = 'stop' | 'adopt';

/** What a {@link LlamaLauncher} is made of. */
export interface LlamaLauncherOptions {
  readonly llama: LlamaCommand;
  readonly keys: ServerKeys;
  readonly records: RunRecords;
  readonly onExit: OnExit;
}

/** Starts llama-server processes: without a shell, in a group of their own, with a built environment, on 127.0.0.1. */
export class LlamaLauncher implements ServerLauncher {
  readonly #options: LlamaLauncherOptions;

  constructor(options: LlamaLauncherOptions) {
    this.#options = options;
  }

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<ServerProcess> {
    const command = await resolveCommand(this.#options.llama.command);
    await assertPortFree(request.port);
    const keys = await this.#options.keys.forStart(request.file.modelId);
    try {
      signal.throwIfAborted();
      return await this.#spawn(command, request, keys);
    } catch (error) {
      await keys.dispose();
      throw error;
    }
  }

  async #spawn(command: string, request: LaunchRequest, keys: StartKeys): Promise<ServerProcess> {
    const { llama, records, onExit } = this.#options;
    const nonce = randomBytes(12).toString('hex');
    const program = {
      command,
      args: [...(llama.args ?? []), ...llamaArgs(request, keys.keyFile)],
      env: childEnvironment(process.env, { nonce, hubId: await records.hubId() }, llama.env),
    };
    const spawned =
      onExit === 'adopt' ? await spawnFree(program, records.logFile(nonce)) : await spawnTied(program);
    const { child } = spawned;
    const { pid } = child;
    if (pid === undefined) throw await spawnFailure(child);
    child.on('error', () => {});
    const server = this.#serverOf(spawned, pid, request.port, keys);
    try {
      const identity = (await identify(pid)) ?? { pid, startTime: null, bootId: null };
      const { file, port, settings } = request;
      const { identityKey } = keys;
      const forget = await records.add({
        ...identity,
        modelId: file.modelId,
        nonce,
        ...(spawned.logFile && { takeOver: { port, settings, identityKey, startedAtWall: Date.now() } }),
      });
      // Files that stay are swept at the next start; that is no reason to fall over.
      void server.exited.then(() => Promise.allSettled([forget(), keys.dispose()]));
      return server;
    } catch (error) {
      // A server that nobody remembers must not live: no later hub would find it.
      await server.stop(0);
      throw error;
    }
  }

  #serverOf({ child, log, logFile }: Spawned, pid: number, port: number, keys: StartKeys): LlamaProcess {
    const { identityKey, clientKey } = keys;
    const release = logFile === null ? {} : { release: async () => child.unref() };
    return new LlamaProcess({ pid, port, identityKey, clientKey, exit: childExit(child), log, ...release });
  }
}

function spawnFailure(child: ChildProcess): Promise<LaunchFailure> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EACCES' ? 'spawn_eacces' : 'spawn_failed';
      resolve(new LaunchFailure(code, 'The server program could not be run', { cause: error }));
    });
  });
}
