import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { RequestTally, ServerExit, ServerProcess } from '@corral/core';
import type { StartKeys } from '../stores/server-keys.js';
import { LlamaLog } from './llama-log.js';
import { LogTail } from './log-tail.js';
import { signalGroup, within } from './process-group.js';

/** How long after its exit a process may still hand us its last lines. */
const drainMs = 250;
/** How long a killed group may take to be gone. */
const killedWithinMs = 2000;

/** A llama-server process that we started. */
export class LlamaProcess implements ServerProcess {
  readonly pid: number;
  readonly baseUrl: string;
  readonly identityKey: string;
  readonly clientKey: string;
  readonly exited: Promise<ServerExit>;
  readonly #tail: LogTail;
  readonly #log = new LlamaLog();
  #stopping: Promise<ServerExit> | undefined;

  constructor(
    child: ChildProcessByStdio<null, Readable, Readable>,
    pid: number,
    baseUrl: string,
    keys: StartKeys,
  ) {
    this.pid = pid;
    this.baseUrl = baseUrl;
    this.identityKey = keys.identityKey;
    this.clientKey = keys.clientKey;
    this.#tail = new LogTail((line) => this.#log.read(line));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.#tail.write(chunk));
    child.on('error', () => {});
    this.exited = this.#watch(child);
  }

  logTail(): readonly string[] {
    return this.#tail.lines();
  }

  requestTally(): RequestTally | null {
    return this.#log.tally();
  }

  stop(graceMs: number): Promise<ServerExit> {
    this.#stopping ??= this.#end(graceMs);
    return this.#stopping;
  }

  /** llama-server waits for open requests on SIGTERM, however long; hence never without a bound. */
  async #end(graceMs: number): Promise<ServerExit> {
    signalGroup(this.pid, 'SIGTERM');
    if (!(await within(graceMs, this.exited))) {
      signalGroup(this.pid, 'SIGKILL');
      await within(killedWithinMs, this.exited);
    }
    // A grandchild that stayed in the group would hold port and memory.
    signalGroup(this.pid, 'SIGKILL');
    return within(0, this.exited).then((gone) => (gone ? this.exited : unkillable));
  }

  async #watch(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ServerExit> {
    // Not `close`: it waits for every holder of our pipes, and a grandchild may hold them for ever.
    const closed = new Promise((resolve) => child.once('close', resolve));
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (...exit) => resolve(exit)),
    );
    await within(drainMs, closed);
    child.stdout.destroy();
    child.stderr.destroy();
    this.#tail.end();
    const failure = signal === null ? this.#log.failure : undefined;
    return {
      exitCode,
      signal,
      failureCode: failure?.code ?? null,
      message: describe(exitCode, signal, failure?.line),
    };
  }
}

const unkillable: ServerExit = {
  exitCode: null,
  signal: null,
  failureCode: null,
  message: 'The process did not end after SIGKILL',
};

/** The message travels to browsers; of a path only its last part is anybody's business. */
function withoutFolders(line: string): string {
  return line.replace(/(?:\/[^\s'"/]+)+\/(?=[^\s'"/])/g, '');
}

function describe(exitCode: number | null, signal: string | null, line: string | undefined): string {
  const how =
    signal === null ? `The server exited with code ${exitCode}` : `The server was ended by ${signal}`;
  return line === undefined ? how : `${how}: ${withoutFolders(line).slice(0, 300)}`;
}
