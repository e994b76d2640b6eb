import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { RequestTally, ServerExit, ServerProcess } from '@corral/core';
import type { StartKeys } from '../stores/server-keys.js';
import { LlamaLog } from './llama-log.js';
import { type LogStream, LogTail } from './log-tail.js';
import { signalGroup, within } from './process-group.js';

/** How long after its exit a process may still hand us its last lines. */
const drainMs = 250;
/**
 * With a request open llama-server can sit on a SIGTERM until its client leaves, without finishing the request. A second
 * one ends it at once.
 */
const insistMs = 1500;
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
    const pipes = [child.stdout, child.stderr].map((pipe) => {
      const lines = this.#tail.stream();
      pipe.on('data', (chunk: Buffer) => lines.write(chunk));
      return { pipe, lines };
    });
    child.on('error', () => {});
    this.exited = this.#watch(child, pipes);
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
    const insistAfterMs = Math.min(insistMs, graceMs / 2);
    if (!(await within(insistAfterMs, this.exited))) signalGroup(this.pid, 'SIGTERM');
    if (!(await within(graceMs - insistAfterMs, this.exited))) {
      signalGroup(this.pid, 'SIGKILL');
      await within(killedWithinMs, this.exited);
    }
    // A grandchild that stayed in the group would hold port and memory.
    signalGroup(this.pid, 'SIGKILL');
    return within(0, this.exited).then((gone) => (gone ? this.exited : unkillable));
  }

  async #watch(
    child: ChildProcessByStdio<null, Readable, Readable>,
    pipes: readonly Pipe[],
  ): Promise<ServerExit> {
    // Not `close`: it waits for every holder of our pipes, and a grandchild may hold them for ever.
    const closed = new Promise((resolve) => child.once('close', resolve));
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (...exit) => resolve(exit)),
    );
    await within(drainMs, closed);
    for (const { pipe, lines } of pipes) {
      pipe.destroy();
      lines.end();
    }
    const failure = signal === null ? this.#log.failure : undefined;
    return {
      exitCode,
      signal,
      failureCode: failure?.code ?? null,
      message: describe(exitCode, signal, failure?.line),
    };
  }
}

interface Pipe {
  readonly pipe: Readable;
  readonly lines: LogStream;
}

const unkillable: ServerExit = {
  exitCode: null,
  signal: null,
  failureCode: null,
  message: 'The process did not end after SIGKILL',
};

/** Time since start and level, as llama-server puts them before each line. */
const logPrefix = /^[\d.]+ [DIWE] /;

/** The message travels to browsers; of a path only its last part is anybody's business. */
function withoutFolders(line: string): string {
  return line.replace(/(?:\/[^\s'"/]+)+\/(?=[^\s'"/])/g, '');
}

function describe(exitCode: number | null, signal: string | null, line: string | undefined): string {
  const how =
    signal === null ? `The server exited with code ${exitCode}` : `The server was ended by ${signal}`;
  return line === undefined ? how : `${how}: ${withoutFolders(line.replace(logPrefix, '')).slice(0, 300)}`;
}
