import { type Clock, isoTime, type TimerHandle } from '../clock.js';
import { limits } from '../limits.js';
import type { Job, JobSpec } from './job.js';
import { JobLedger } from './job-ledger.js';
import { JobLog, type NewJobEvent } from './job-log.js';
import { type JobReason, type JobStatus, jobTransitions } from './job-state.js';
import { JobWriter } from './job-writer.js';
import type { JobStore, StoredJob, StoredTask } from './ports.js';
import { jobTask, type TaskState, TaskTable } from './task-table.js';

/** What a {@link JobRecord} works with. */
export interface JobRecordOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly redact: (text: string) => string;
  /** Hears that readers see something new. */
  readonly onShown: (job: Job) => void;
  /** Hears that changes of a job can be stored again. */
  readonly onStorable: (jobId: string) => void;
  /** Hears that so much was said that the oldest may have to go. Default: nobody does. */
  readonly onMuchSaid?: () => void;
}

/** Facts of a job that its run decides. */
export type JobFacts = Partial<
  Pick<
    Job,
    | 'status'
    | 'statusReason'
    | 'finalStatus'
    | 'startedAt'
    | 'endedAt'
    | 'budgetUsd'
    | 'budgetTokens'
    | 'timeLimitS'
  >
>;

/** What goes into one commit with the facts of the job. */
export interface ChangeParts {
  readonly plan?: readonly StoredTask[];
  readonly tasks?: readonly TaskState[];
  readonly result?: { readonly taskId: string; readonly output: string };
  /** Told when the change is stored. */
  readonly events?: readonly NewJobEvent[];
}

/** Milliseconds between two announcements of facts other than the state. */
const announceMs = 100;

/** Events of one job after which it is looked whether there are too many. */
const muchSaid = limits.jobEvents / 10;

/**
 * The facts of one job that has not ended: as they were decided, as they are stored, as readers see them.
 *
 * Every change goes through {@link JobRecord.change}: decided at once, stored, and only then shown. So nobody ever sees
 * what a crash could take back.
 */
export class JobRecord {
  readonly jobId: string;
  readonly log: JobLog;
  readonly ledger: JobLedger;
  readonly writer: JobWriter;
  /** Its tasks, once they are loaded or planned. */
  table: TaskTable | undefined;
  readonly #options: JobRecordOptions;
  /** Tasks whose progress goes with the next change, and whether something of it was not told yet. */
  readonly #reported = new Map<TaskState, boolean>();
  #row: Job;
  #shown: Job;
  #givenTasks: JobSpec['tasks'];
  #planned: boolean;
  /** How long it ran until {@link JobRecord.#sinceMs}. */
  #ranMs: number;
  #sinceMs: number | undefined;
  #trouble: JobReason | null = null;
  #said = 0;
  #announced: Job | undefined;
  #timer: TimerHandle | undefined;

  /** @param lastEvent the number of the last event that anybody may have heard of */
  constructor({ job, givenTasks, planned }: StoredJob, lastEvent: number, options: JobRecordOptions) {
    const { store, clock, random, redact } = options;
    this.#options = options;
    this.jobId = job.jobId;
    this.#row = this.#shown = this.#announced = job;
    this.#givenTasks = givenTasks;
    this.#planned = planned;
    this.#ranMs = job.elapsedS * 1000;
    this.ledger = new JobLedger(job);
    this.writer = new JobWriter({
      ...{ store, clock, random },
      onTrouble: (reason) => this.#meet(reason),
      onLeftOut: (lines) => this.log.leftOut(lines),
    });
    const flush = (): void => void this.change();
    this.log = new JobLog({ jobId: job.jobId, store, clock, redact, last: lastEvent, flush });
  }

  /** What readers see. */
  get job(): Job {
    const isRunning = this.#shown.status === 'running';
    const statusReason = isRunning && this.#trouble ? this.#trouble : this.#shown.statusReason;
    return { ...this.#shown, statusReason, elapsedS: this.elapsedS };
  }

  /** What was decided last, stored or not. */
  get decided(): Job {
    return this.#row;
  }

  /** What executors get to know. */
  get spec(): Omit<JobSpec, 'tasks'> {
    const { projectDescription, successCriteria, budgetUsd, budgetTokens, timeLimitS } = this.#row;
    const { concurrency, maxIterations, targetScore, model, labels } = this.#row;
    return {
      ...{ projectDescription, successCriteria, budgetUsd, budgetTokens, timeLimitS },
      ...{ concurrency, maxIterations, targetScore, model, labels },
    };
  }

  get givenTasks(): JobSpec['tasks'] {
    return this.#givenTasks;
  }

  get planned(): boolean {
    return this.#planned;
  }

  /** Seconds that it ran, all runs together. */
  get elapsedS(): number {
    const runMs = this.#sinceMs === undefined ? 0 : this.#options.clock.now() - this.#sinceMs;
    return Math.round(this.#ranMs + runMs) / 1000;
  }

  /** Time counts from now on. */
  startTime(): void {
    this.#sinceMs ??= this.#options.clock.now();
  }

  /** Time does not count until it is started again. */
  stopTime(): void {
    if (this.#sinceMs !== undefined) this.#ranMs += this.#options.clock.now() - this.#sinceMs;
    this.#sinceMs = undefined;
  }

  /**
   * Decides facts, has them stored and then shows them.
   * @returns false when they never will be stored, because this record is closed
   */
  async change(facts: JobFacts = {}, parts: ChangeParts = {}): Promise<boolean> {
    const { plan, result, events = [] } = parts;
    if (plan) {
      this.table = new TaskTable(plan);
      this.#planned = true;
      this.#givenTasks = null;
    }
    const row = this.#decide(facts);
    const tasks = this.#changedRows(new Set(parts.tasks));
    this.log.hold(events);
    const taken = this.log.take();
    const upTo = this.log.last;
    const isStored = await this.writer.put({
      jobId: this.jobId,
      job: this.#stored(row),
      ...(plan && { plan }),
      ...(tasks.length > 0 && { tasks }),
      ...(result && { result }),
      ...(taken.length > 0 && { events: taken }),
    });
    if (!isStored) return false;
    for (const task of tasks) this.table?.show(task);
    this.#shown = row;
    this.log.stored(upTo);
    this.#announce();
    this.#count(taken.length);
    return true;
  }

  /** Shows how far a task is; it is stored with the next change. Only the first and the last until then are told. */
  report(state: TaskState, facts: Partial<StoredTask>): void {
    const { row } = this.table?.set(state, facts) ?? state;
    this.table?.show(row);
    const isTold = this.#reported.has(state);
    this.#reported.set(state, isTold);
    if (!isTold) this.log.add({ type: 'task', ...jobTask(row) });
  }

  /** Stores nothing more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.log.end();
    await this.writer.close();
  }

  #decide(facts: JobFacts): Job {
    const from = this.#row.status;
    const to = facts.status ?? from;
    if (to !== from && !(jobTransitions[from] as readonly JobStatus[]).includes(to))
      throw new Error(`A job cannot go from ${from} to ${to}`);
    this.#row = {
      ...this.#row,
      ...facts,
      ...this.ledger.spending,
      elapsedS: this.elapsedS,
      taskCounts: this.table?.counts ?? this.#row.taskCounts,
      updatedAt: isoTime(this.#options.clock),
    };
    return this.#row;
  }

  #stored(job: Job): StoredJob {
    const reservations = this.ledger.reservations;
    return { job, givenTasks: this.#givenTasks, planned: this.#planned, reservations };
  }

  #changedRows(states: ReadonlySet<TaskState>): readonly StoredTask[] {
    // Those that change are told when that is stored.
    for (const [state, isUntold] of this.#reported)
      if (isUntold && !states.has(state)) this.log.add({ type: 'task', ...jobTask(state.row) });
    const changed = new Set([...this.#reported.keys(), ...states]);
    this.#reported.clear();
    return [...changed].map(({ row }) => row);
  }

  #count(events: number): void {
    this.#said += events;
    if (this.#said < muchSaid) return;
    this.#said = 0;
    this.#options.onMuchSaid?.();
  }

  #meet(trouble: JobReason | null): void {
    this.#trouble = trouble;
    this.#announce();
    if (trouble === null) this.#options.onStorable(this.jobId);
  }

  /** A new state is announced at once, other facts a few times a second. */
  #announce(): void {
    const { status, statusReason } = this.job;
    const { clock } = this.#options;
    if (status !== this.#announced?.status || statusReason !== this.#announced.statusReason) {
      clock.clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#tell();
    } else this.#timer ??= clock.setTimeout(() => this.#tell(), announceMs);
  }

  #tell(): void {
    this.#timer = undefined;
    this.#announced = this.job;
    this.#options.onShown(this.#announced);
  }
}
