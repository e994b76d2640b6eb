import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findNvidiaSmi } from './nvidia-program.js';

/** Memory in bytes by process id; `null` where the driver does not tell. */
export type MemoryByPid = ReadonlyMap<number, number | null>;

/** How {@link NvidiaMemory} works; everything has a default. */
export interface NvidiaMemoryOptions {
  /** Runs the query and answers its output. Default: `nvidia-smi` on PATH, with 3 s to answer. */
  readonly query?: (program: string, signal: AbortSignal) => Promise<string>;
  /** Where the program is; `null` where there is none. Default: the first on PATH. */
  readonly find?: () => Promise<string | null>;
  /** Monotonic time in ms. */
  readonly now?: () => number;
}

const refreshMs = 5000;
/** Past this age a table says nothing of now: the program has stopped to answer. */
const staleMs = 15_000;
const queryTimeoutMs = 3000;
const queryArgs = ['--query-compute-apps=pid,used_gpu_memory', '--format=csv,noheader,nounits'];

/**
 * Memory on NVIDIA cards of every process, by `nvidia-smi`. The program takes up to seconds, so nobody waits for it: a
 * reading is what it said last, and starts it again when that is 5 s old.
 */
export class NvidiaMemory {
  readonly #query: NonNullable<NvidiaMemoryOptions['query']>;
  readonly #find: () => Promise<string | null>;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #program: Promise<string | null> | undefined;
  #table: { readonly byPid: MemoryByPid; readonly atMs: number } | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking = false;

  constructor(options: NvidiaMemoryOptions = {}) {
    this.#query = options.query ?? runQuery;
    this.#find = options.find ?? findNvidiaSmi;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether the program is there; looked for once. */
  async isThere(): Promise<boolean> {
    this.#program ??= this.#find();
    return (await this.#program) !== null;
  }

  /** Memory of a process with what it was read from, or why it is unknown. Does not wait for the program. */
  async read(pid: number): Promise<{ readonly bytes: number | null; readonly source: string }> {
    this.#program ??= this.#find();
    const program = await this.#program;
    if (program === null) return { bytes: null, source: 'nvidia-smi is not there' };
    const nowMs = this.#now();
    if (!this.#asking && nowMs - this.#askedMs >= refreshMs) void this.#refresh(program);
    const table = this.#table;
    if (!table || nowMs - table.atMs > staleMs)
      return { bytes: null, source: 'nvidia-smi has not answered yet' };
    const bytes = table.byPid.get(pid);
    if (bytes === undefined) return { bytes: null, source: 'nvidia-smi does not list this process' };
    return { bytes, source: bytes === null ? 'nvidia-smi does not tell' : 'nvidia-smi compute apps' };
  }

  /** Ends the program if it runs. */
  close(): void {
    this.#closing.abort();
  }

  async #refresh(program: string): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#asking = true;
    this.#askedMs = this.#now();
    try {
      const text = await this.#query(program, this.#closing.signal);
      this.#table = { byPid: parseComputeApps(text), atMs: this.#now() };
    } catch {
      // The old table goes stale by itself, and the next reading after 5 s tries again.
    } finally {
      this.#asking = false;
    }
  }
}

/**
 * Reads lines of `pid, MiB`. A process on several cards has a line for each. What is no number, such as `[N/A]`, makes the
 * memory of that process unknown.
 */
export function parseComputeApps(text: string): MemoryByPid {
  const byPid = new Map<number, number | null>();
  for (const line of text.split('\n').slice(0, 10_000)) {
    const [, pidText, mib] = /^\s*(\d+)\s*,\s*(.*?)\s*$/.exec(line) ?? [];
    if (pidText === undefined || mib === undefined) continue;
    const pid = Number(pidText);
    const before = byPid.has(pid) ? byPid.get(pid) : 0;
    const bytes = /^\d{1,9}$/.test(mib) ? Number(mib) * 1024 ** 2 : null;
    byPid.set(pid, bytes === null || before === null || before === undefined ? null : before + bytes);
  }
  return byPid;
}

async function runQuery(program: string, signal: AbortSignal): Promise<string> {
  const options = { timeout: queryTimeoutMs, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024, signal } as const;
  const running = promisify(execFile)(program, queryArgs, options);
  // A hub that is done does not wait for it.
  running.child.unref();
  return (await running).stdout;
}
