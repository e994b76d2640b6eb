import { type Clock, sleep } from '../clock.js';
import { limits } from '../limits.js';
import { backOffMs } from './back-off.js';
import type { JobReason } from './job-state.js';
import type { JobChange, JobStore, StoredTask } from './ports.js';
import { withoutExcess } from './waiting-lines.js';

/** What a {@link JobWriter} works with. */
export interface JobWriterOptions {
  readonly store: Pick<JobStore, 'commit'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Hears that nothing can be stored, and why; with `null`, that it can be again. */
  readonly onTrouble: (reason: Extract<JobReason, 'disk_full' | 'store_failed'> | null) => void;
  /** Hears of log lines that were left out: too many waited to be stored. Default: nobody does. */
  readonly onLeftOut?: (lines: number) => void;
}

interface Batch {
  change: JobChange;
  readonly settle: ((isStored: boolean) => void)[];
}

/**
 * Stores the changes of one job, one commit after the other, in their order. While one is under way later ones are put
 * together. One that fails is tried again, with what waits behind it, until it is stored: nothing that was decided is
 * given up, but for log lines of which too many wait.
 */
export class JobWriter {
  readonly #options: JobWriterOptions;
  readonly #queue: Batch[] = [];
  readonly #onFailed = new Set<() => void>();
  #pause: AbortController | undefined;
  #inFlight: Promise<unknown> = Promise.resolve();
  #works = false;
  #stopped: { readonly until: Promise<void>; readonly go: () => void } | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: JobWriterOptions) {
    this.#options = options;
  }

  /** Whether the last try failed. */
  get isInTrouble(): boolean {
    return this.#failures > 0;
  }

  /** Resolves to true when the change is stored, to false when it never will be, because this writer was closed. */
  put(change: JobChange): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      // The first one is under way, or will be tried again as it is.
      const last = this.#queue.length > 1 ? this.#queue.at(-1) : undefined;
      const merged = last && mergedChange(last.change, change);
      if (last && merged) {
        last.change = merged;
        last.settle.push(resolve);
      } else this.#queue.push({ change, settle: [resolve] });
      if (!this.#works) void this.#work();
    });
  }

  /** Tries again now, when it waits to; resolves when the next try fails. For people who wait for an answer. */
  failed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFailed.add(resolve);
      this.#pause?.abort();
    });
  }

  /** Stores nothing until {@link JobWriter.proceed}; resolves when no commit is under way. */
  async halt(): Promise<void> {
    let go = (): void => {};
    const until = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.#stopped ??= { until, go };
    await this.#inFlight;
  }

  /** Goes on after {@link JobWriter.halt}. */
  proceed(): void {
    this.#stopped?.go();
    this.#stopped = undefined;
  }

  /** Stores nothing more; resolves when no commit is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.abort();
    this.proceed();
    await this.#inFlight;
    for (const { settle } of this.#queue.splice(0)) for (const resolve of settle) resolve(false);
  }

  async #work(): Promise<void> {
    this.#works = true;
    for (let batch = this.#queue[0]; batch && !this.#closed; batch = this.#queue[0]) {
      if (this.#stopped) {
        await this.#stopped.until;
        continue;
      }
      const outcome = await this.#commit(batch);
      if (outcome === 'stored') {
        this.#queue.shift();
        for (const resolve of batch.settle) resolve(true);
      } else if (outcome === 'failed') {
        await this.#waitToRetry();
        this.#gather(batch);
      }
    }
    this.#works = false;
  }

  async #commit(batch: Batch): Promise<'stored' | 'failed' | 'again'> {
    const { store, onTrouble } = this.#options;
    try {
      const commit = store.commit(batch.change);
      this.#inFlight = commit.catch(() => {});
      const isTaken = await commit;
      if (!isTaken && batch.change.result) {
        // There is a result already: ours was stored and we did not hear of it. It stays; all else is to be kept.
        batch.change = withoutResult(batch.change);
        return 'again';
      }
    } catch (error) {
      this.#failures += 1;
      if (!this.#closed) onTrouble(isFull(error) ? 'disk_full' : 'store_failed');
      for (const tell of this.#onFailed) tell();
      this.#onFailed.clear();
      return 'failed';
    }
    this.#onFailed.clear();
    const wasInTrouble = this.#failures > 0;
    this.#failures = 0;
    if (wasInTrouble && !this.#closed) onTrouble(null);
    return 'stored';
  }

  /** What waits goes with what failed: a full disk may still take results, and takes no log lines alone. */
  #gather(batch: Batch): void {
    for (let next = this.#queue[1]; next; next = this.#queue[1]) {
      const merged = mergedChange(batch.change, next.change);
      if (!merged) break;
      batch.change = merged;
      batch.settle.push(...next.settle);
      this.#queue.splice(1, 1);
    }
    batch.change = this.#bounded(batch.change);
  }

  /** A change without the log lines of which too many wait. */
  #bounded(change: JobChange): JobChange {
    if (!change.events) return change;
    const { events, leftOut } = withoutExcess(change.events);
    if (leftOut > 0) this.#options.onLeftOut?.(leftOut);
    return events.length < change.events.length ? { ...change, events } : change;
  }

  async #waitToRetry(): Promise<void> {
    if (this.#closed) return;
    const { clock, random } = this.#options;
    this.#pause = new AbortController();
    await sleep(clock, backOffMs(limits.storeRetryMs, this.#failures, random), this.#pause.signal);
    this.#pause = undefined;
  }
}

/** Two changes as one; `undefined` when they cannot be: there is room for one plan and one result. */
function mergedChange(first: JobChange, second: JobChange): JobChange | undefined {
  if ((first.result && second.result) || second.plan || (first.plan && second.tasks)) return undefined;
  const job = second.job ?? first.job;
  const plan = first.plan;
  const result = first.result ?? second.result;
  const tasks = mergedTasks(first.tasks, second.tasks);
  const events = [...(first.events ?? []), ...(second.events ?? [])];
  return {
    jobId: first.jobId,
    ...(job && { job }),
    ...(plan && { plan }),
    ...(result && { result }),
    ...(tasks.length > 0 && { tasks }),
    ...(events.length > 0 && { events }),
  };
}

function withoutResult({ jobId, job, plan, tasks, events }: JobChange): JobChange {
  return {
    jobId,
    ...(job && { job }),
    ...(plan && { plan }),
    ...(tasks && { tasks }),
    ...(events && { events }),
  };
}

function mergedTasks(first: readonly StoredTask[] = [], second: readonly StoredTask[] = []): StoredTask[] {
  return [...new Map([...first, ...second].map((task) => [task.taskId, task])).values()];
}

function isFull(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'store_full';
}
