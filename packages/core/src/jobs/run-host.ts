import type { Clock } from '../clock.js';
import type { JobBudget } from './job-budget.js';
import type { JobRecord } from './job-record.js';
import type { JobReason } from './job-state.js';
import type { JobExecutor, JobStore, TaskDispatcher } from './ports.js';
import type { TaskSlots } from './task-slots.js';
import type { Work } from './work-context.js';

/** What the jobs of a runner run with. */
export interface RunTools {
  readonly store: JobStore;
  readonly executor: JobExecutor;
  readonly dispatcher: TaskDispatcher;
  readonly slots: TaskSlots;
  readonly clock: Clock;
  readonly random: () => number;
  /** Hears of faults of our own. */
  readonly onError: (error: unknown) => void;
}

/** The turn of a job among all that run. */
export interface Turn {
  /** The job can begin nothing now: another one may have its turn meanwhile. */
  lend(): void;
  /** Whether the job has its turn, again perhaps; if not, it is woken when it has. */
  takeBack(): boolean;
}

/** How a run ends. */
export type RunEnd =
  | { readonly status: 'done' | 'cancelled' | 'interrupted' }
  | { readonly status: 'failed'; readonly reason: JobReason };

/** Work of a run that is under way. */
export interface Underway {
  readonly work: Work;
  /** Resolves when its executor is done with it. */
  readonly worked: Promise<void>;
}

/** A run as the work on its plan and its tasks sees it. */
export interface RunHost {
  readonly tools: RunTools;
  readonly record: JobRecord;
  readonly budget: JobBudget;
  /** Aborts when the run is over. */
  readonly signal: AbortSignal;
  /** Whether the run is over: what comes now is not taken. */
  isClosing(): boolean;
  /** Work ended; `again` puts it in the line once more after a pause. */
  left(underway: Underway, again?: { readonly afterMs: number; readonly begin: () => void }): void;
  /** Work found an endpoint. */
  foundBackend(): void;
  /** Work found none: nothing begins for a while. */
  missedBackend(): void;
  /** The budget is spent: what is under way may end, nothing new begins. */
  exhaust(): void;
  close(end: RunEnd): Promise<boolean>;
}
