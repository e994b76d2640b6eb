import { CorralError } from '../errors.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type {
  Job,
  JobDetail,
  JobListQuery,
  JobPage,
  JobRaise,
  JobRequest,
  JobSource,
  JobSpec,
  JobTask,
  JobTaskResult,
} from '../jobs/job.js';
import type {
  JobDoneEvent,
  JobEvent,
  JobEventBatch,
  JobEventsOptions,
  JobLogEvent,
  JobTaskEvent,
} from '../jobs/job-event.js';
import { hasEnded, jobStatuses, taskStatuses } from '../jobs/job-state.js';
import type { JobsFace } from '../jobs/jobs-face.js';

/** An event without what the simulation adds by itself. */
export type SimulatedJobEvent =
  | Omit<JobLogEvent, 'seq' | 'ts'>
  | Omit<JobTaskEvent, 'seq' | 'ts'>
  | Omit<JobDoneEvent, 'seq' | 'ts'>;

interface Record {
  job: Job;
  readonly tasks: Map<string, JobTask>;
  readonly outputs: Map<string, string>;
  readonly events: JobEvent[];
  readonly followers: Set<() => void>;
  removed: boolean;
}

/** Jobs without a runner: whatever is set is announced as a real one would. */
export class SimulatedJobs implements JobsFace {
  /** What `validate` and `submit` answer with for a text; stories set it. */
  spec: JobSpec = simulatedSpec({});
  /** When set, `validate` and `submit` reject with it. */
  refusal: CorralError | undefined;
  /** When set, `list` rejects with it. */
  listRefusal: CorralError | undefined;
  readonly #events: EventHub<HubEvents>;
  readonly #note: (command: string) => void;
  readonly #records = new Map<string, Record>();
  #ids = 0;

  /** @param note hears every command, such as `cancel job-1` */
  constructor(events: EventHub<HubEvents>, note: (command: string) => void = () => {}) {
    this.#events = events;
    this.#note = note;
  }

  recent(): readonly Job[] {
    return this.#sorted().slice(0, 50);
  }

  async validate(source: JobSource): Promise<JobSpec> {
    this.#note('validate');
    if (this.refusal) throw this.refusal;
    return 'yaml' in source ? this.spec : specOf(source);
  }

  async submit(source: JobSource): Promise<Job> {
    this.#note('submit');
    if (this.refusal) throw this.refusal;
    const spec = without('tasks', 'yaml' in source ? this.spec : specOf(source));
    return this.add(simulatedJob({ ...spec, jobId: `job-${++this.#ids}`, status: 'pending' }));
  }

  async list({ status = jobStatuses, limit = 50, cursor }: JobListQuery = {}): Promise<JobPage> {
    if (this.listRefusal) throw this.listRefusal;
    const all = this.#sorted().filter((job) => status.includes(job.status));
    const from = Number(cursor ?? 0);
    const next = from + limit;
    const nextCursor = next < all.length ? `${next}` : null;
    return { jobs: all.slice(from, next), nextCursor, total: all.length };
  }

  async get(jobId: string, tasksFrom = 0): Promise<JobDetail> {
    const { job, tasks } = this.#require(jobId);
    const all = [...tasks.values()];
    return { job, tasks: all.slice(tasksFrom, tasksFrom + 1000), tasksFrom, taskCount: all.length };
  }

  async task(jobId: string, taskId: string): Promise<JobTaskResult> {
    const { tasks, outputs } = this.#require(jobId);
    const task = tasks.get(taskId);
    if (!task) throw new CorralError('unknown_task', 'Expected the id of a task of this job');
    return { task, prompt: `Do what ${task.title} says`, output: outputs.get(taskId) ?? null };
  }

  async cancel(jobId: string): Promise<Job> {
    this.#note(`cancel ${jobId}`);
    const { job } = this.#require(jobId);
    if (!hasEnded(job.status)) this.end(jobId, 'cancelled');
    return this.#require(jobId).job;
  }

  async resume(jobId: string, raise: JobRaise = {}): Promise<Job> {
    this.#note(`resume ${jobId}`);
    const facts = { status: 'running', statusReason: null, finalStatus: null, endedAt: null } as const;
    return this.update(jobId, { ...facts, ...raise });
  }

  async delete(jobId: string): Promise<void> {
    this.#note(`delete ${jobId}`);
    const record = this.#require(jobId);
    this.#records.delete(jobId);
    record.removed = true;
    for (const wake of record.followers) wake();
    this.#events.emit('job:removed', { jobId });
  }

  async *events(jobId: string, { after = 0, signal }: JobEventsOptions = {}): AsyncGenerator<JobEventBatch> {
    const record = this.#require(jobId);
    let last = after;
    while (!signal?.aborted && !record.removed) {
      const events = record.events.filter(({ seq }) => seq > last);
      last = events.at(-1)?.seq ?? last;
      if (events.length > 0) yield { events, gap: false };
      if (hasEnded(record.job.status) && record.events.every(({ seq }) => seq <= last)) return;
      if (record.events.every(({ seq }) => seq <= last)) await this.#next(record, signal);
    }
  }

  /** Adds a job with its tasks. */
  add(job: Job, tasks: readonly JobTask[] = []): Job {
    const facts = {
      tasks: new Map(tasks.map((task) => [task.taskId, task])),
      outputs: new Map<string, string>(),
    };
    this.#records.set(job.jobId, { job, ...facts, events: [], followers: new Set(), removed: false });
    for (const task of tasks) this.say(job.jobId, { type: 'task', ...task });
    this.#events.emit('job:submitted', { job });
    return job;
  }

  /** Changes facts of a job. */
  update(jobId: string, facts: Partial<Job>): Job {
    const record = this.#require(jobId);
    record.job = { ...record.job, ...facts };
    this.#events.emit('job:updated', { job: record.job });
    for (const wake of record.followers) wake();
    return record.job;
  }

  /** Changes facts of a task. */
  updateTask(jobId: string, taskId: string, facts: Partial<JobTask>): void {
    const task = this.#require(jobId).tasks.get(taskId);
    if (task) this.say(jobId, { type: 'task', ...task, ...facts });
  }

  /** Gives a task its result. */
  setOutput(jobId: string, taskId: string, output: string): void {
    this.#require(jobId).outputs.set(taskId, output);
  }

  /** Adds a log line. */
  log(jobId: string, msg: string, level: JobLogEvent['level'] = 'info', taskId: string | null = null): void {
    this.say(jobId, { type: 'log', level, msg, taskId });
  }

  /** Adds events to the stream of a job. */
  say(jobId: string, ...said: readonly SimulatedJobEvent[]): void {
    const record = this.#require(jobId);
    for (const event of said) {
      const seq = record.events.length + 1;
      const ts = new Date(Date.UTC(2026, 0, 1) + seq * 100).toISOString();
      record.events.push({ ...event, seq, ts });
      if (event.type === 'task') record.tasks.set(event.taskId, without('type', event));
    }
    for (const wake of record.followers) wake();
  }

  /** Ends a job. */
  end(jobId: string, status: JobDoneEvent['status'], facts: Partial<Job> = {}): void {
    const { job } = this.#require(jobId);
    const ended = { ...facts, status, finalStatus: status, endedAt: '2026-01-01T00:10:00.000Z' };
    this.say(jobId, { type: 'done', status, totalCost: facts.totalCost ?? job.totalCost });
    this.update(jobId, ended);
  }

  #next(record: Record, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        record.followers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      record.followers.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #sorted(): Job[] {
    return [...this.#records.values()]
      .map(({ job }) => job)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  #require(jobId: string): Record {
    const record = this.#records.get(jobId);
    if (!record) throw new CorralError('unknown_job', 'Expected the id of a known job');
    return record;
  }
}

/** A job for stories and tests: it runs, with the facts given. */
export function simulatedJob(facts: Partial<Job> & { readonly jobId: string }): Job {
  return {
    ...without('tasks', simulatedSpec({})),
    status: 'running',
    statusReason: null,
    finalStatus: null,
    totalCost: 0,
    unpricedCalls: 0,
    totalTokens: 0,
    reservedUsd: 0,
    elapsedS: 0,
    taskCounts: Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Job['taskCounts'],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    ...facts,
  };
}

/** A task for stories and tests: it runs, with the facts given. */
export function simulatedTask(facts: Partial<JobTask> & { readonly taskId: string }): JobTask {
  return {
    title: facts.taskId,
    dependsOn: [],
    status: 'running',
    failureCode: null,
    score: null,
    model: 'simulated-7b',
    costUsd: null,
    iterations: 1,
    attempt: 1,
    startedAt: '2026-01-01T00:00:01.000Z',
    endedAt: null,
    ...facts,
  };
}

function simulatedSpec(facts: Partial<JobSpec>): JobSpec {
  return {
    projectDescription: 'Write a script that prints hello world',
    successCriteria: ['It prints hello world'],
    budgetUsd: 8,
    budgetTokens: null,
    timeLimitS: 5400,
    concurrency: 3,
    maxIterations: 3,
    targetScore: 0.8,
    model: null,
    labels: [],
    tasks: null,
    ...facts,
  };
}

function specOf(request: JobRequest): JobSpec {
  const { successCriteria: given = [] } = request;
  const successCriteria = (typeof given === 'string' ? given.split('\n') : given).filter(
    (line) => line.trim() !== '',
  );
  return simulatedSpec({ ...without('tasks', request), successCriteria });
}

function without<Value extends object, Name extends keyof Value & string>(
  name: Name,
  value: Value,
): Omit<Value, Name> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) as Omit<Value, Name>;
}
