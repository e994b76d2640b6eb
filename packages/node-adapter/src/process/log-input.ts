import type { ChildProcess } from 'node:child_process';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { LogStream } from './log-tail.js';
import { within } from './process-group.js';

/** Where the output of a server comes from. */
export interface LogInput {
  /** Hands every chunk on from now on; each pipe gets a stream of its own. */
  start(stream: () => LogStream): void;
  /** Reads what is left after the process is gone, and ends. */
  end(): Promise<void>;
  /** Stops reading and leaves the rest where it is. */
  release(): Promise<void>;
}

/** How long after its exit a process may still hand us its last lines. */
const drainMs = 250;

/** The pipes of a child. */
export class PipeInput implements LogInput {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #lines: LogStream[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    // Not awaited without a bound: `close` waits for every holder of our pipes, and a grandchild may hold them for ever.
    this.#closed = new Promise((resolve) => child.once('close', resolve));
  }

  start(stream: () => LogStream): void {
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      const lines = stream();
      this.#lines.push(lines);
      pipe?.on('data', (chunk: Buffer) => lines.write(chunk));
    }
  }

  async end(): Promise<void> {
    await within(drainMs, this.#closed);
    await this.release();
    for (const lines of this.#lines) lines.end();
  }

  async release(): Promise<void> {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

/** Limits of a log file that a server writes itself. */
const logFileLimits = { bytes: 8 * 1024 * 1024, pollMs: 250, chunkBytes: 64 * 1024 } as const;

/** The first line of a log whose older lines were dropped: counts made from it would be too small. */
export const trimmedMark = '[corral] older lines were dropped';

/**
 * A file that the server writes without us, so that its output goes on when we are gone. It is read as it grows and
 * emptied at 8 MiB; while no hub runs nobody empties it.
 */
export class FileInput implements LogInput {
  readonly #file: string;
  #offset = 0;
  #lines: LogStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  start(stream: () => LogStream): void {
    this.#lines = stream();
    this.#timer = setInterval(() => this.#read(), logFileLimits.pollMs);
    this.#timer.unref();
    this.#read();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#read();
    await this.#reading;
    this.#lines?.end();
    await rm(this.#file, { force: true });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
  }

  /** One read at a time; a file that cannot be read has nothing to tell. */
  #read(): void {
    this.#reading = this.#reading.then(() => this.#readRest()).catch(() => {});
  }

  async #readRest(): Promise<void> {
    // Most looks find nothing new.
    if ((await stat(this.#file)).size === this.#offset) return;
    const file = await open(this.#file, 'r+');
    try {
      const chunk = Buffer.allocUnsafe(logFileLimits.chunkBytes);
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        this.#lines?.write(chunk.subarray(0, bytesRead));
      }
      // Only while nothing was written since: what is emptied must have been read.
      const isAllRead = (await file.stat()).size === this.#offset;
      if (this.#offset > logFileLimits.bytes && isAllRead) await this.#empty(file);
    } finally {
      await file.close();
    }
  }

  /** The server appends, so after this it goes on behind our mark. */
  async #empty(file: FileHandle): Promise<void> {
    const mark = Buffer.from(`${trimmedMark}\n`);
    await file.truncate(0);
    await file.write(mark, 0, mark.length, 0);
    this.#offset = mark.length;
  }
}
