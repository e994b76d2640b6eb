import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { within } from '../process/process-group.js';
import type { GpuReading, GpuSource } from './gpu-source.js';
import { findNvidiaSmi } from './nvidia-program.js';
import { type NvidiaFields, type NvidiaRow, nvidiaFields, parseNvidiaRow } from './nvidia-row.js';

/** How {@link NvidiaGpus} works; everything has a default. */
export interface NvidiaGpusOptions {
  /** Where the program is; `null` where there is none. Default: the first `nvidia-smi` on PATH. */
  readonly find?: () => Promise<string | null>;
  /** Monotonic time in ms. */
  readonly now?: () => number;
}

const loopMs = 1000;
/** Past this age numbers say nothing of now. */
const staleMs = 3000;
/** Past this silence the program hangs in the driver. */
const silentMs = 15_000;
/** Milliseconds until the program is started again: the first time, and at most. */
const retryMs = { first: 1000, last: 60_000 };
/** After this long the program is known to work, and its next end is the first again. */
const steadyMs = 60_000;
const mostGpus = 64;
const mostLineLength = 4096;

/**
 * NVIDIA cards by one `nvidia-smi` that prints them every second: starting it takes up to seconds, so it is kept. It is
 * started by the first reading, and again by later ones when it has ended, later each time.
 */
export class NvidiaGpus implements GpuSource {
  readonly #find: () => Promise<string | null>;
  readonly #now: () => number;
  readonly #rows = new Map<string, NvidiaRow & { readonly atMs: number }>();
  #program: string | null = null;
  #finding: Promise<void> | undefined;
  #child: ChildProcess | undefined;
  #fields: NvidiaFields = 'full';
  #startedMs = 0;
  #heardMs = 0;
  #retryMs: number = retryMs.first;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: NvidiaGpusOptions = {}) {
    this.#find = options.find ?? findNvidiaSmi;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Looks for the program, once. Until it is found there are no cards. */
  open(): Promise<void> {
    this.#finding ??= this.#find().then((program) => void (this.#program = program));
    return this.#finding;
  }

  read(): readonly GpuReading[] {
    this.#keepRunning();
    const oldestMs = this.#now() - staleMs;
    return [...this.#rows.values()]
      .sort((a, b) => a.index - b.index)
      .map(({ gpu, atMs }) => (atMs < oldestMs ? unknownNumbers(gpu) : gpu));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (!child || child.pid === undefined) return;
    const exited =
      child.exitCode === null && child.signalCode === null
        ? once(child, 'exit').catch(() => undefined)
        : undefined;
    child.kill('SIGTERM');
    if (!exited || (await within(1000, exited))) return;
    child.kill('SIGKILL');
    // One that hangs in the driver ends when the driver lets it; nothing is gained by waiting longer.
    await within(1000, exited);
  }

  #keepRunning(): void {
    const nowMs = this.#now();
    if (this.#child) {
      if (nowMs - this.#heardMs > silentMs) this.#child.kill('SIGKILL');
      return;
    }
    if (this.#program === null || this.#isClosed || nowMs < this.#notBeforeMs) return;
    this.#start(this.#program, nowMs);
  }

  #start(program: string, nowMs: number): void {
    const fields = this.#fields;
    const query = `--query-gpu=${nvidiaFields[fields].join()}`;
    const args = [query, '--format=csv,noheader,nounits', `--loop-ms=${loopMs}`];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
    this.#child = child;
    this.#startedMs = nowMs;
    this.#heardMs = nowMs;
    // A program that embeds a hub may end without closing it.
    child.unref();
    if (child.stdout instanceof Socket) child.stdout.unref();
    let rest = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > mostLineLength) rest = '';
      for (const line of lines) this.#take(line, fields);
    });
    child.once('error', () => this.#ended(child)).once('exit', () => this.#ended(child));
  }

  #take(line: string, fields: NvidiaFields): void {
    this.#heardMs = this.#now();
    // The whole call fails when one field is unknown to the driver.
    if (fields === 'full' && line.includes('is not a valid field')) this.#fields = 'minimal';
    const row = parseNvidiaRow(line, fields);
    if (row && (this.#rows.has(row.key) || this.#rows.size < mostGpus))
      this.#rows.set(row.key, { ...row, atMs: this.#heardMs });
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const nowMs = this.#now();
    if (nowMs - this.#startedMs >= steadyMs) this.#retryMs = retryMs.first;
    this.#notBeforeMs = nowMs + this.#retryMs;
    this.#retryMs = Math.min(retryMs.last, this.#retryMs * 2);
  }
}

function unknownNumbers({ name, isUnified }: GpuReading): GpuReading {
  const unknown = { vramUsed: null, vramTotal: null, utilizationPercent: null, temperatureC: null };
  return { name, isUnified, ...unknown, powerW: null };
}
