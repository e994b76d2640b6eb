import { type ChildSignal, childSignal } from '../child-signal.js';
import type { JobBudget, Spender } from './job-budget.js';
import type { JobLog } from './job-log.js';
import type { JobContext, JobLogger, TaskContext, TaskProgress } from './ports.js';

/** What a piece of work is made from. */
export interface WorkOptions {
  readonly jobId: string;
  /** `null`: the planning. */
  readonly taskId: string | null;
  /** Aborts when the run is over. */
  readonly signal: AbortSignal;
  readonly log: JobLog;
  readonly budget: JobBudget;
}

/**
 * One attempt of a task, or of the planning, as its executor sees it. Once it is over nothing that the executor still
 * says, reports or asks for is taken.
 */
export class Work implements Spender {
  readonly taskId: string | null;
  readonly signal: AbortSignal;
  readonly context: JobContext;
  isOver = false;
  readonly #link: ChildSignal;
  readonly #budget: JobBudget;

  constructor({ jobId, taskId, signal, log, budget }: WorkOptions) {
    this.taskId = taskId;
    this.#budget = budget;
    this.#link = childSignal(signal);
    this.signal = this.#link.signal;
    const say =
      (level: keyof JobLogger) =>
      (message: unknown): void => {
        // Executors in JavaScript say anything.
        if (!this.isOver) log.say(level, String(message), taskId);
      };
    const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    this.context = { jobId, signal: this.signal, log: logger, budget: budget.of(this) };
  }

  /** The context of a task, which can also say how far it is. */
  taskContext(onProgress: (progress: TaskProgress) => void): TaskContext {
    const report = (progress: TaskProgress): void => {
      if (!this.isOver) onProgress(progress);
    };
    return { ...this.context, report };
  }

  /** Nothing more is taken from it; what it has not settled counts as used. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#link.dispose();
    this.#budget.release(this);
  }
}
