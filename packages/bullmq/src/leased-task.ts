import {
  type CallBudget,
  type CallEstimate,
  type Clock,
  type JobExecutor,
  limits,
  type Reservation,
  sleep,
  type TaskContext,
  type TaskFailure,
  type TaskRequest,
  type TaskResult,
} from '@corral/core';
import { cutToBytes } from './cut-to-bytes.js';
import {
  type HubMessage,
  type LeasedJob,
  receivedFailure,
  sentFailure,
  type WorkerMessage,
} from './messages.js';
import { calledOff, queueLost } from './task-failures.js';
import { TaskFeed } from './task-feed.js';

/** What a worker tells a hub, without the lease and its own address. */
export type WorkerWord = WorkerMessage extends infer Message
  ? Message extends WorkerMessage
    ? Omit<Message, 'lease' | 'from'>
    : never
  : never;

/** What a {@link LeasedTask} is made of. */
export interface LeasedTaskOptions {
  readonly job: LeasedJob;
  readonly executor: Pick<JobExecutor, 'runTask'>;
  readonly clock: Clock;
  /** Sends something to the hub. Resolves to false when the hub is gone. */
  readonly tell: (word: WorkerWord) => Promise<boolean>;
}

/** Milliseconds that work has to end after it was called off; then its place is taken by other work. */
const abortGraceMs = 2000;

interface Call {
  granted(maxOutputTokens: number): void;
  refused(failure: TaskFailure): void;
  settled(): void;
}

/** One attempt of a task as its worker sees it. It asks the hub before it begins, and before each call. */
export class LeasedTask {
  /** The mailbox of the hub that wants it. */
  readonly hub: string;
  readonly #task: TaskRequest;
  readonly #executor: Pick<JobExecutor, 'runTask'>;
  readonly #clock: Clock;
  readonly #tell: LeasedTaskOptions['tell'];
  readonly #feed: TaskFeed;
  readonly #abort = new AbortController();
  readonly #calls = new Map<number, Partial<Call>>();
  #go: (mayBegin: boolean) => void = () => {};
  #isLost = false;
  #ids = 0;
  /** How it ends when it is handed back instead of finished. */
  #returned: TaskFailure | undefined;

  constructor({ job, executor, clock, tell }: LeasedTaskOptions) {
    this.hub = job.hub;
    this.#task = job.task;
    this.#executor = executor;
    this.#clock = clock;
    this.#tell = tell;
    this.#feed = new TaskFeed(clock, (batch) => tell({ kind: 'said', ...batch }));
  }

  /** Carries it out. Resolves when the hub has been told what came of it, or does not want to know. */
  async run(): Promise<void> {
    const end = (await this.#mayBegin()) ? await this.#work() : this.#calledOff();
    if (this.#isLost) return;
    await this.#feed.drain();
    await this.#sendEnd(end);
  }

  /** Takes what the hub says. */
  take(message: HubMessage): void {
    switch (message.kind) {
      case 'go':
        this.#go(true);
        break;
      case 'cancel':
        this.#callOff();
        break;
      case 'gone':
        this.lose();
        break;
      case 'granted':
        this.#calls.get(message.call)?.granted?.(message.maxOutputTokens);
        break;
      case 'refused':
        this.#calls.get(message.call)?.refused?.(receivedFailure(message.failure));
        break;
      case 'settled':
        this.#calls.get(message.call)?.settled?.();
        break;
    }
  }

  /** Nobody wants it any more, or somebody else has it: nothing that it still says would be taken. */
  lose(): void {
    this.#isLost = true;
    this.#callOff();
    for (const call of this.#calls.values()) {
      call.refused?.(calledOff());
      call.settled?.();
    }
  }

  /** Gives it back, for another worker to begin it anew. */
  handBack(): void {
    this.#returned = queueLost('The worker ended');
    this.#callOff();
  }

  async #mayBegin(): Promise<boolean> {
    const answer = new Promise<boolean>((resolve) => {
      this.#go = resolve;
    });
    if (this.#abort.signal.aborted) this.#go(false);
    if (!(await this.#tell({ kind: 'begin' }))) this.lose();
    return answer;
  }

  #callOff(): void {
    this.#go(false);
    this.#abort.abort();
  }

  async #work(): Promise<WorkerWord> {
    const { signal } = this.#abort;
    const working = this.#carryOut();
    const patience = new AbortController();
    const givenUp = new Promise<WorkerWord>((resolve) => {
      const wait = async (): Promise<void> => {
        await sleep(this.#clock, abortGraceMs, patience.signal);
        resolve(this.#calledOff());
      };
      if (signal.aborted) void wait();
      else signal.addEventListener('abort', () => void wait(), { once: true });
    });
    const end = await Promise.race([working, givenUp]);
    patience.abort();
    return end;
  }

  /** How it ends without having ended. */
  #calledOff(): WorkerWord {
    return { kind: 'failure', failure: sentFailure(this.#returned ?? calledOff()) };
  }

  async #carryOut(): Promise<WorkerWord> {
    try {
      const result: unknown = await this.#executor.runTask(this.#task, this.#context());
      return isResult(result) ? { kind: 'result', result: cut(result) } : noResult;
    } catch (error) {
      return { kind: 'failure', failure: sentFailure(this.#returned ?? error) };
    }
  }

  async #sendEnd(end: WorkerWord): Promise<void> {
    try {
      await this.#tell(end);
    } catch (error) {
      // For example too much at once for this Redis. A short one fits.
      await this.#tell({ kind: 'failure', failure: sentFailure(error) });
    }
  }

  #context(): TaskContext {
    const budget: CallBudget = { reserve: (estimate) => this.#reserve(estimate) };
    const { jobId } = this.#task;
    const report: TaskContext['report'] = (progress) => this.#feed.report(progress);
    return { jobId, signal: this.#abort.signal, log: this.#feed.log, budget, report };
  }

  async #reserve(estimate: CallEstimate): Promise<Reservation> {
    if (this.#abort.signal.aborted) throw calledOff();
    const id = ++this.#ids;
    const call: Partial<Call> = {};
    const granted = new Promise<number>((resolve, reject) => {
      call.granted = resolve;
      call.refused = reject;
    });
    this.#calls.set(id, call);
    try {
      if (!(await this.#tell({ kind: 'reserve', call: id, estimate }))) throw calledOff();
      return { maxOutputTokens: await granted, settle: (usage) => this.#settle(id, call, usage) };
    } catch (error) {
      // Should the hub refuse while the question is still on its way.
      granted.catch(() => {});
      this.#calls.delete(id);
      throw error;
    }
  }

  async #settle(id: number, call: Partial<Call>, usage: Parameters<Reservation['settle']>[0]): Promise<void> {
    if (call.settled || this.#isLost) return;
    const settled = new Promise<void>((resolve) => {
      call.settled = resolve;
    });
    if (await this.#tell({ kind: 'settle', call: id, usage })) await settled;
    this.#calls.delete(id);
  }
}

const noResult: WorkerWord = {
  kind: 'failure',
  failure: { code: 'executor_failed', message: 'The executor gave no result', retryable: false },
};

function isResult(result: unknown): result is TaskResult {
  return (
    typeof result === 'object' && result !== null && 'output' in result && typeof result.output === 'string'
  );
}

/** More than a result may have would be cut by the hub; it need not travel. */
function cut(result: TaskResult): TaskResult {
  return { ...result, output: cutToBytes(result.output, limits.jobMost.outputBytes) };
}
