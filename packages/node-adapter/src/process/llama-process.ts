import type { RequestTally, ServerExit, ServerProcess } from '@corral/core';
import { LlamaLog } from './llama-log.js';
import type { LogInput } from './log-input.js';
import { LogTail } from './log-tail.js';
import type { RawExit } from './process-exit.js';
import { signalGroup, within } from './process-group.js';

/**
 * With a request open llama-server can sit on a SIGTERM until its client leaves, without finishing the request. A second
 * one ends it at once.
 */
const insistMs = 1500;
/** How long a killed group may take to be gone. */
const killedWithinMs = 2000;

/** What a {@link LlamaProcess} is made of. */
export interface LlamaProcessOptions {
  readonly pid: number;
  readonly port: number;
  readonly identityKey: string;
  readonly clientKey: string;
  readonly exit: Promise<RawExit>;
  readonly log: LogInput;
  /** Stops watching without ending the process; absent where it cannot live without us. */
  readonly release?: () => Promise<void>;
}

/** A llama-server process that we started, or that an earlier hub did. */
export class LlamaProcess implements ServerProcess {
  readonly pid: number;
  readonly baseUrl: string;
  readonly identityKey: string;
  readonly clientKey: string;
  readonly exited: Promise<ServerExit>;
  readonly release?: () => Promise<void>;
  readonly #tail: LogTail;
  readonly #log = new LlamaLog();
  #stopping: Promise<ServerExit> | undefined;
  #released = false;

  constructor({ pid, port, identityKey, clientKey, exit, log, release }: LlamaProcessOptions) {
    this.pid = pid;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.identityKey = identityKey;
    this.clientKey = clientKey;
    this.#tail = new LogTail((line) => this.#log.read(line));
    log.start(() => this.#tail.stream());
    this.exited = this.#watch(exit, log);
    if (release) {
      this.release = async () => {
        this.#released = true;
        await log.release();
        await release();
      };
    }
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

  async #watch(exit: Promise<RawExit>, log: LogInput): Promise<ServerExit> {
    const { exitCode, signal } = await exit;
    // What was let go of is the next hub's to read, and its log file with it.
    if (!this.#released) await log.end();
    const failure = signal === null ? this.#log.failure : undefined;
    return {
      exitCode,
      signal,
      failureCode: failure?.code ?? null,
      oomSuspected: this.#stopping === undefined && (signal === 'SIGKILL' || exitCode === 137),
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

/** Time since start and level, as llama-server puts them before each line. */
const logPrefix = /^[\d.]+ [DIWE] /;

/** The message travels to browsers; of a path only its last part is anybody's business. */
function withoutFolders(line: string): string {
  const quoted = line.replace(/(['"])\/[^'"]*\/([^'"/]+)\1/g, '$1$2$1');
  return quoted.replace(/(?:\/[^\s'"/]+)+\/(?=[^\s'"/])/g, '');
}

function describe(exitCode: number | null, signal: string | null, line: string | undefined): string {
  const how = howEnded(exitCode, signal);
  return line === undefined ? how : `${how}: ${withoutFolders(line.replace(logPrefix, '')).slice(0, 300)}`;
}

function howEnded(exitCode: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'The server was ended by SIGKILL, perhaps for want of memory';
  if (signal !== null) return `The server was ended by ${signal}`;
  return exitCode === null ? 'The server ended' : `The server exited with code ${exitCode}`;
}
