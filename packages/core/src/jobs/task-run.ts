import { isoTime } from '../clock.js';
import { limits } from '../limits.js';
import { backOffMs } from './back-off.js';
import type { NewJobEvent } from './job-log.js';
import type { TaskFailureCode } from './job-state.js';
import type { StoredTask, TaskContext, TaskInput, TaskProgress, TaskRequest } from './ports.js';
import type { RunHost, Underway } from './run-host.js';
import { counted, quoted, seconds } from './run-messages.js';
import { loadInputs, readPatiently } from './stored-tasks.js';
import { checkedProgress, checkedResult, type WorkFailure, workFailure } from './task-outcome.js';
import { jobTask, type TaskState } from './task-table.js';
import { Work } from './work-context.js';

type Result = NonNullable<ReturnType<typeof checkedResult>>;

/** One attempt of a task, from its place in the line to what became of it. */
export class TaskRun implements Underway {
  readonly state: TaskState;
  readonly work: Work;
  readonly worked: Promise<void>;
  readonly #host: RunHost;
  #isWorked = (): void => {};

  constructor(host: RunHost, state: TaskState) {
    const { record, signal, budget } = host;
    this.#host = host;
    this.state = state;
    const { taskId } = state.row;
    this.work = new Work({ jobId: record.jobId, taskId, signal, log: record.log, budget });
    this.worked = new Promise((resolve) => {
      this.#isWorked = resolve;
    });
  }

  /** Begins: the attempt is stored before a worker hears of it, so that its number is never used again. */
  async begin(): Promise<void> {
    const { tools } = this.#host;
    tools.slots.starting += 1;
    const inputs = await this.#prepare().finally(() => {
      tools.slots.starting -= 1;
    });
    if (!inputs || this.#host.isClosing()) {
      this.#isWorked();
      tools.slots.freed();
      return;
    }
    tools.slots.working += 1;
    const outcome = await this.#carryOut(inputs);
    tools.slots.working -= 1;
    this.work.end();
    this.#isWorked();
    if (this.#host.isClosing()) {
      // A result that comes after the end of the run is not taken. Others may have been waiting for its place.
      tools.slots.freed();
      return;
    }
    if ('output' in outcome) await this.#finished(outcome);
    else await this.#failed(outcome);
  }

  async #prepare(): Promise<readonly TaskInput[] | undefined> {
    const { record, tools, signal } = this.#host;
    const { row } = this.state;
    const attempt = row.attempt + 1;
    const startedAt = isoTime(tools.clock);
    const again = attempt > 1 ? `, attempt ${attempt}` : '';
    this.#say('info', `begins${again}`);
    const facts = { status: 'running', attempt, startedAt, endedAt: null, failureCode: null } as const;
    // How far an earlier attempt came says nothing of this one.
    const nothingYet = { score: null, model: null, iterations: 0 } as const;
    if (!(await this.#change({ ...facts, ...nothingYet }))) return undefined;
    const needed = row.dependsOn.flatMap((taskId) => record.table?.get(taskId)?.row ?? []);
    const { clock, random } = tools;
    return readPatiently(() => loadInputs(tools.store, record.jobId, needed), { clock, random, signal });
  }

  async #carryOut(inputs: readonly TaskInput[]): Promise<Result | WorkFailure> {
    const { record, tools } = this.#host;
    const { taskId, attempt, title, prompt } = this.state.row;
    const ids = { jobId: record.jobId, taskId, attempt };
    const request: TaskRequest = { ...ids, title, prompt, inputs, job: record.spec };
    try {
      const result: unknown = await tools.dispatcher.run(request, this.#context());
      const failure = {
        code: 'executor_failed',
        retryable: false,
        message: 'The executor gave no result',
      } as const;
      return checkedResult(result) ?? failure;
    } catch (error) {
      return workFailure(error);
    }
  }

  #context(): TaskContext {
    return this.work.taskContext((progress) => this.#report(progress));
  }

  #report(progress: TaskProgress): void {
    const facts = checkedProgress(progress);
    const { row } = this.state;
    this.#host.foundBackend();
    if (Object.entries(facts).every(([name, value]) => row[name as keyof TaskProgress] === value)) return;
    this.#host.record.report(this.state, facts);
  }

  async #finished({ output, ...progress }: Result): Promise<void> {
    const { record, tools } = this.#host;
    this.#host.foundBackend();
    const { score = this.state.row.score } = progress;
    const isGood = score === null || score >= record.decided.targetScore;
    const status = isGood ? 'completed' : 'degraded';
    const tries = progress.iterations ?? this.state.row.iterations;
    const scored = score === null ? '' : `, score ${score.toFixed(3)}`;
    const iterated = tries > 0 ? ` after ${counted(tries, 'iteration')}` : '';
    if (isGood) this.#say('info', `is done${scored}${iterated}`);
    else this.#say('warn', `stays below its target${scored}${iterated}`);
    const facts = { ...progress, score, status, losses: 0, endedAt: isoTime(tools.clock) } as const;
    const result = { taskId: this.state.row.taskId, output };
    if (await this.#change(facts, { result })) record.table?.unlock(this.state);
    this.#host.left(this);
  }

  async #failed(failure: WorkFailure): Promise<void> {
    const { code, retryable, message } = failure;
    if (code === 'no_backend') return this.#wait();
    this.#host.foundBackend();
    if (code === 'worker_lost') return this.#lost(message);
    this.state.tries += 1;
    this.state.workerLosses = 0;
    if (retryable && this.state.tries < limits.taskAttempts)
      return this.#again(message, this.state.tries, { losses: 0 });
    await this.#gaveUp(code, message, { losses: 0 });
  }

  /** Not its fault: the attempt does not count. */
  async #wait(): Promise<void> {
    this.#host.missedBackend();
    if (await this.#change({ status: 'pending' })) this.#host.record.table?.again(this.state);
    this.#host.left(this);
  }

  async #lost(message: string): Promise<void> {
    const losses = this.state.row.losses + 1;
    this.state.workerLosses += 1;
    const isPoison =
      this.state.workerLosses >= limits.taskLosses.worker || losses >= limits.taskLosses.runner;
    if (isPoison) await this.#gaveUp('poison', `${message}, each time`, { losses });
    else await this.#again(message, this.state.workerLosses, { losses });
  }

  async #again(message: string, failures: number, facts: Partial<StoredTask>): Promise<void> {
    const afterMs = backOffMs(limits.taskRetryMs, failures, this.#host.tools.random);
    this.#say('warn', `failed: ${message}. It is tried again in ${seconds(afterMs)}`);
    const isStored = await this.#change({ ...facts, status: 'pending' });
    const begin = (): void => this.#host.record.table?.again(this.state);
    this.#host.left(this, isStored ? { afterMs, begin } : undefined);
  }

  async #gaveUp(failureCode: TaskFailureCode, message: string, facts: Partial<StoredTask>): Promise<void> {
    const { record, tools } = this.#host;
    this.#say('error', `failed: ${message}`);
    const endedAt = isoTime(tools.clock);
    // The job ends with what is under way: those who wait for this one run when it is resumed.
    const endsJob = failureCode === 'budget_exhausted';
    if (endsJob) this.#host.exhaust();
    const doomed = endsJob ? [] : (record.table?.doomedBy(this.state) ?? []);
    for (const state of doomed)
      record.table?.set(state, { status: 'failed', failureCode: 'dependency_failed', endedAt });
    if (doomed.length > 0)
      this.#say('warn', `was needed by ${counted(doomed.length, 'task')}, which cannot run`);
    await this.#change({ ...facts, status: 'failed', failureCode, endedAt }, {}, doomed);
    this.#host.left(this);
  }

  #change(
    facts: Partial<StoredTask>,
    parts: { readonly result?: { readonly taskId: string; readonly output: string } } = {},
    others: readonly TaskState[] = [],
  ): Promise<boolean> {
    const { record } = this.#host;
    record.table?.set(this.state, facts);
    const tasks = [this.state, ...others];
    const events = tasks.map(({ row }): NewJobEvent => ({ type: 'task', ...jobTask(row) }));
    return record.change({}, { ...parts, tasks, events });
  }

  #say(level: 'info' | 'warn' | 'error', what: string): void {
    const { taskId, title } = this.state.row;
    // Each of these goes with a change of the task.
    this.#host.record.log.sayWhenStored(level, `Task ${quoted(title)} ${what}`, taskId);
  }
}
