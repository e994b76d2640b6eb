import { isoTime } from '../clock.js';
import { CorralError } from '../errors.js';
import { endJob } from './end-job.js';
import type { JobRecord } from './job-record.js';
import { JobRun } from './job-run.js';
import type { RunEnd, RunTools, Turn } from './run-host.js';

/** A job that has not ended: its facts and, while it has its turn, its run. */
export class LiveJob {
  readonly record: JobRecord;
  #run: JobRun | undefined;
  #ending: Promise<boolean> | undefined;

  constructor(record: JobRecord) {
    this.record = record;
  }

  /** Whether it has, or had, its turn. */
  get hasTurn(): boolean {
    return this.#run !== undefined;
  }

  /** Whether it was told to end. */
  get isEnding(): boolean {
    return this.#ending !== undefined || this.#run?.isClosing() === true;
  }

  /** Its turn has come. */
  begin(tools: RunTools, turn: Turn): void {
    const { record } = this;
    this.#run = new JobRun(record, tools, turn);
    const { startedAt, status } = record.decided;
    const facts = status === 'running' ? {} : ({ status: 'running', statusReason: null } as const);
    void record.change({ ...facts, startedAt: startedAt ?? isoTime(tools.clock) });
    this.#run.begin();
  }

  /** Something changed that may let more of it begin. */
  wake(why: 'freed' | 'shared' | 'storable' | 'turn'): void {
    if (why === 'freed') this.#run?.freed();
    else if (why === 'shared') this.#run?.shared();
    else this.#run?.pump();
  }

  /** Ends it, or its run. Signals are aborted when this returns. @returns whether the end is stored */
  end(end: RunEnd, endedAt: string): Promise<boolean> {
    this.#ending ??= this.#run ? this.#run.close(end) : endJob(this.record, end, endedAt);
    return this.#ending;
  }

  /**
   * Waits until something is stored, for somebody who wants to know.
   * @throws CorralError `store_failed` when it could not be; it is tried again all the same
   */
  async stored(change: Promise<boolean>): Promise<void> {
    const failed = this.record.writer.failed().then(() => 'failed' as const);
    if ((await Promise.race([change, failed])) !== 'failed') return;
    throw new CorralError('store_failed', 'The change could not be kept; it is tried again', {
      retryable: true,
    });
  }
}
