import { type Clock, isoTime, sleep, systemClock } from '../clock.js';
import { CorralError } from '../errors.js';
import type { EventHub, Unsubscribe } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import { briefJob } from './brief-job.js';
import { InMemoryJobStore } from './in-memory-job-store.js';
import { inProcessDispatcher } from './in-process-dispatcher.js';
import type {
  Job,
  JobDetail,
  JobListQuery,
  JobPage,
  JobRaise,
  JobRequest,
  JobSource,
  JobSpec,
  JobTaskResult,
  JobText,
} from './job.js';
import type { JobEventBatch, JobEventsOptions } from './job-event.js';
import { JobReader, read } from './job-reader.js';
import { JobRecord, type JobRecordOptions } from './job-record.js';
import type { JobRunnerOptions } from './job-runner-options.js';
import { checkJobRaise, checkJobRequest } from './job-spec.js';
import { hasEnded } from './job-state.js';
import { JobTurns } from './job-turns.js';
import type { JobsFace } from './jobs-face.js';
import { letGo } from './let-go.js';
import { LiveJob } from './live-job.js';
import { newJob, newJobId } from './new-job.js';
import type { JobStore, JobTextReader, StoredJob, TaskDispatcher } from './ports.js';
import { RecentJobs } from './recent-jobs.js';
import { goOn, interrupt, takeUp } from './take-up.js';
import { TaskSlots } from './task-slots.js';

/** Milliseconds that the end of a runner may take; what is not stored by then is as after a crash. */
const disposeMs = 2000;

/**
 * Runs jobs: plans them, carries out their tasks, keeps their books and tells what happens.
 *
 * What is announced is stored, so a crash takes nothing back: tasks run at least once and have exactly one result.
 * `design.md` beside this file draws the states.
 */
export class JobRunner implements JobsFace {
  readonly #events: EventHub<HubEvents>;
  readonly #clock: Clock;
  readonly #store: JobStore;
  readonly #textReader: JobTextReader | undefined;
  readonly #resume: 'auto' | 'manual';
  readonly #newId: () => string;
  readonly #onError: (error: unknown) => void;
  readonly #recordOptions: JobRecordOptions;
  readonly #dispatcher: TaskDispatcher | undefined;
  /** Without an executor there are none. */
  readonly #turns: JobTurns | undefined;
  readonly #reader: JobReader;
  readonly #recent = new RecentJobs();
  readonly #live = new Map<string, LiveJob>();
  /** Jobs that are being removed, or resumed from the store. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #unsubscribe: Unsubscribe | undefined;
  #pruning: Promise<void> | undefined;
  #isOpen = false;
  #disposing: Promise<void> | undefined;

  constructor(options: JobRunnerOptions) {
    const { events, executor, clock = systemClock, random = Math.random } = options;
    const { store = new InMemoryJobStore(), redact = (text: string) => text, onError = () => {} } = options;
    this.#events = events;
    this.#clock = clock;
    this.#store = store;
    this.#textReader = options.reader;
    this.#resume = options.resume ?? 'auto';
    this.#onError = onError;
    this.#newId = options.newId ?? (() => newJobId(clock, random));
    this.#recordOptions = {
      ...{ store, clock, random, redact },
      onShown: (job) => this.#shown(job),
      onStorable: (jobId) => this.#live.get(jobId)?.wake('storable'),
      onMuchSaid: () => this.#prune(),
    };
    this.#reader = new JobReader(store, (jobId) => this.#live.get(jobId)?.record);
    const dispatcher = options.dispatcher ?? (executor && inProcessDispatcher(executor));
    if (!executor || !dispatcher) return;
    const slots = new TaskSlots(dispatcher, () => this.#turns?.wake('shared'));
    const tools = { store, executor, dispatcher, slots, clock, random, onError };
    this.#turns = new JobTurns(options.jobsAtOnce ?? limits.jobsAtOnce, tools);
    this.#dispatcher = dispatcher;
  }

  /** Takes up what an earlier runner left: jobs that ran are interrupted and, unless told otherwise, go on. */
  async open(): Promise<void> {
    if (this.#isOpen || this.#disposing) return;
    const ended = await read(() =>
      this.#store.list({ status: ['done', 'failed', 'cancelled'], limit: limits.recentJobs }),
    );
    for (const job of [...ended.jobs].reverse()) this.#recent.put(job);
    for (const stored of await read(() => this.#store.loadUnfinished()))
      if (!this.#live.has(stored.job.jobId)) await this.#takeUp(stored);
    if (this.#isDisposed) return;
    this.#isOpen = true;
    this.#unsubscribe = this.#dispatcher?.onFreed?.(() => this.#turns?.wake('freed'));
    this.#turns?.open();
  }

  /** Calls off what is under way and stores where it stands; the next runner goes on. Idempotent. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#end();
    return this.#disposing;
  }

  recent(): readonly Job[] {
    return this.#recent.list.map((job) => briefJob(this.#live.get(job.jobId)?.record.job ?? job));
  }

  async submit(source: JobSource): Promise<Job> {
    this.#requireTools();
    const spec = await this.validate(source);
    this.#requireTools();
    const stored = newJob(spec, this.#newId(), this.#clock);
    await this.#keep(() => this.#store.commit({ jobId: stored.job.jobId, job: stored }));
    const live = this.#admit(new JobRecord(stored, 0, this.#recordOptions));
    const { job } = live.record;
    this.#events.emit('job:submitted', { job: briefJob(job) });
    this.#turns?.add(live);
    return job;
  }

  async validate(source: JobSource): Promise<JobSpec> {
    return checkJobRequest(isText(source) ? await this.#readText(source) : source);
  }

  async list(query?: JobListQuery): Promise<JobPage> {
    return this.#reader.list(query);
  }

  async get(jobId: string, tasksFrom?: number): Promise<JobDetail> {
    return this.#reader.get(jobId, tasksFrom);
  }

  async task(jobId: string, taskId: string): Promise<JobTaskResult> {
    return this.#reader.task(jobId, taskId);
  }

  events(jobId: string, options?: JobEventsOptions): AsyncIterable<JobEventBatch> {
    return this.#reader.events(jobId, options);
  }

  async cancel(jobId: string): Promise<Job> {
    this.#requireAlive();
    const live = this.#live.get(jobId);
    if (!live) return (await this.#reader.load(jobId)).job;
    await live.stored(this.#call(live));
    return live.record.job;
  }

  async resume(jobId: string, raise: JobRaise = {}): Promise<Job> {
    this.#requireTools();
    const live = this.#live.get(jobId);
    if (live) {
      if (live.record.decided.status !== 'interrupted' || live.isEnding) throw jobRunning();
      return this.#goOn(live, raise);
    }
    if (this.#busy.has(jobId)) throw jobRunning();
    return this.#alone(jobId, () => this.#revive(jobId, raise));
  }

  async delete(jobId: string): Promise<void> {
    this.#requireAlive();
    const live = this.#live.get(jobId);
    // Before anything is waited for: calls are cut off at once.
    const ended = live && this.#call(live);
    while (this.#busy.has(jobId)) await this.#busy.get(jobId)?.catch(() => {});
    await this.#alone(jobId, () => this.#remove(jobId, ended));
  }

  #admit(record: JobRecord): LiveJob {
    const live = new LiveJob(record);
    this.#live.set(record.jobId, live);
    this.#recent.put(record.job);
    return live;
  }

  #shown(job: Job): void {
    const live = this.#live.get(job.jobId);
    if (!live) return;
    this.#recent.put(job);
    if (hasEnded(job.status)) {
      live.record.log.end();
      this.#letGo(live);
    }
    this.#events.emit('job:updated', { job: briefJob(job) });
    if (hasEnded(job.status)) this.#prune();
  }

  #letGo(live: LiveJob): void {
    this.#live.delete(live.record.jobId);
    void live.record.close();
    this.#turns?.leave(live);
  }

  #call(live: LiveJob): Promise<boolean> {
    this.#turns?.drop(live);
    return live.end({ status: 'cancelled' }, isoTime(this.#clock));
  }

  async #takeUp(stored: StoredJob): Promise<void> {
    const record = await read(() => takeUp(stored, this.#recordOptions));
    if (this.#isDisposed) return record.close();
    const live = this.#admit(record);
    if (stored.job.status === 'running') await live.stored(interrupt(record, this.#clock)).catch(() => {});
    if (stored.job.status === 'pending' || this.#resume === 'auto') this.#turns?.add(live);
  }

  async #revive(jobId: string, raise: JobRaise): Promise<Job> {
    const stored = await this.#reader.load(jobId);
    if (stored.job.status === 'done')
      throw new CorralError('job_finished', 'The job is done; nothing of it is left to run');
    if (!hasEnded(stored.job.status)) throw jobRunning();
    checkJobRaise(raise, stored.job);
    const record = await read(() => takeUp(stored, this.#recordOptions));
    if (this.#isDisposed) await record.close();
    this.#requireTools();
    const live = this.#admit(record);
    try {
      return await this.#goOn(live, raise);
    } catch (error) {
      // As it was: ended. What is stored says so too.
      record.log.end();
      this.#letGo(live);
      this.#recent.put(stored.job);
      throw error;
    }
  }

  async #goOn(live: LiveJob, raise: JobRaise): Promise<Job> {
    const change = goOn(live.record, checkJobRaise(raise, live.record.decided));
    void change.then((isStored) => {
      if (isStored) this.#turns?.add(live);
    });
    await live.stored(change);
    return live.record.job;
  }

  async #remove(jobId: string, ended: Promise<boolean> | undefined): Promise<void> {
    const live = this.#live.get(jobId);
    if (live) await live.stored(ended ?? this.#call(live)).catch(() => {});
    else if (!ended) await this.#reader.load(jobId);
    // Its end could not be stored; perhaps it can be removed all the same.
    const unstored = this.#live.get(jobId);
    await unstored?.record.writer.halt();
    try {
      await this.#keep(() => this.#store.delete(jobId));
    } catch (error) {
      unstored?.record.writer.proceed();
      throw error;
    }
    if (unstored) {
      unstored.record.log.remove();
      this.#letGo(unstored);
    }
    this.#recent.delete(jobId);
    this.#events.emit('job:removed', { jobId });
  }

  #prune(): void {
    const most = { keepJobs: limits.jobsKept, keepEvents: limits.jobEvents };
    this.#pruning ??= this.#store
      .prune(most)
      .then((jobIds) => {
        for (const jobId of jobIds) {
          this.#recent.delete(jobId);
          this.#events.emit('job:removed', { jobId });
        }
      })
      // The next job that ends tries again.
      .catch(() => {})
      .finally(() => {
        this.#pruning = undefined;
      });
  }

  async #end(): Promise<void> {
    this.#unsubscribe?.();
    this.#turns?.close();
    const at = isoTime(this.#clock);
    const live = [...this.#live.values()];
    const ends = live
      .filter(({ hasTurn }) => hasTurn)
      .map((job) => job.stored(job.end({ status: 'interrupted' }, at)).catch(() => {}));
    await this.#bounded(Promise.all(ends));
    for (const { record } of live) record.log.end();
    await this.#bounded(Promise.all([...live.map(({ record }) => record.close()), this.#pruning]));
    if (this.#dispatcher?.dispose) await this.#bounded(letGo(this.#dispatcher, this.#onError));
  }

  async #bounded(work: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([work, sleep(this.#clock, disposeMs, patience.signal)]);
    patience.abort();
  }

  async #alone<Result>(jobId: string, act: () => Promise<Result>): Promise<Result> {
    const work = act();
    this.#busy.set(jobId, work);
    try {
      return await work;
    } finally {
      this.#busy.delete(jobId);
    }
  }

  async #readText(text: JobText): Promise<JobRequest> {
    if (this.#textReader) return this.#textReader.read(text);
    throw new CorralError('action_not_supported', 'This hub reads no YAML; send the job as an object');
  }

  /** Asks the store to change something. @throws CorralError `store_failed` */
  async #keep<Answer>(change: () => Promise<Answer>): Promise<Answer> {
    try {
      return await change();
    } catch (cause) {
      throw new CorralError('store_failed', 'The change could not be kept', { cause, retryable: true });
    }
  }

  get #isDisposed(): boolean {
    return this.#disposing !== undefined;
  }

  #requireAlive(): void {
    if (this.#isDisposed) throw new CorralError('disposed', 'The hub is shutting down', { retryable: true });
  }

  #requireTools(): void {
    this.#requireAlive();
    if (!this.#turns) throw new CorralError('no_executor', 'This hub does not run jobs');
  }
}

/** Callers in JavaScript send anything; what is no text is judged as an object. */
function isText(source: unknown): source is JobText {
  return typeof source === 'object' && source !== null && 'yaml' in source && typeof source.yaml === 'string';
}

function jobRunning(): CorralError {
  return new CorralError('job_running', 'The job is running');
}
