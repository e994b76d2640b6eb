import { hasEnded, type Job, type JobReason, type TaskFailureCode } from '@corral/core';

/** What stands in the place of what nobody knows. */
export const unknownText = 'N/A';

const dollars = (least: number, most = least): Intl.NumberFormat =>
  new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: least,
    maximumFractionDigits: most,
  });
const spent = dollars(4);
const budget = dollars(2, 4);
const price = dollars(2);
const score = new Intl.NumberFormat(undefined, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** What something cost, to 4 decimals: `$0.0312`. `null` is unknown, and never nothing. */
export function costText(usd: number | null): string {
  if (usd === null) return unknownText;
  // A call that cost next to nothing has not been free.
  return usd > 0 && usd < 0.0001 ? `<${spent.format(0.0001)}` : spent.format(usd);
}

/** What something may cost, with the decimals that it has: `$0.50`. */
export function budgetText(usd: number): string {
  return budget.format(usd);
}

/** What a million tokens cost: `$0.60`; more decimals for what is less than a cent. */
export function priceText(usd: number | null): string {
  if (usd === null) return unknownText;
  return usd > 0 && usd < 0.01 ? costText(usd) : price.format(usd);
}

/** A score, to 3 decimals. */
export function scoreText(value: number | null): string {
  return value === null ? unknownText : score.format(value);
}

/** A count in the reader's language. */
export function countText(count: number): string {
  return whole.format(count);
}

/** A count with its noun: `1 task`, `3 tasks`. */
export function countedText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A moment in full; empty for what is no moment. */
export function exactTimeText(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '' : exactTime.format(at);
}

/** The beginning of an id: enough to tell jobs apart, and short enough for a table. */
export function shortId(jobId: string): string {
  return jobId.length <= 10 ? jobId : `${jobId.slice(0, 8)}…`;
}

/** How many tasks there are, and how many of them are over. */
export interface TaskProgress {
  readonly total: number;
  /** Those with a result. */
  readonly finished: number;
  readonly failed: number;
}

/** How far the tasks of a job are. */
export function taskProgress({ taskCounts }: Pick<Job, 'taskCounts'>): TaskProgress {
  const { pending, running, completed, degraded, failed } = taskCounts;
  const finished = completed + degraded;
  return { total: pending + running + finished + failed, finished, failed };
}

/** How far the tasks of a job are, in words: `3 of 8 tasks, 1 failed`. */
export function progressText(job: Pick<Job, 'taskCounts' | 'status'>): string {
  const { total, finished, failed } = taskProgress(job);
  if (total === 0 && hasEnded(job.status)) return 'No tasks';
  if (total === 0) return job.status === 'running' ? 'Planning…' : 'No tasks yet';
  const failures = failed === 0 ? '' : `, ${countText(failed)} failed`;
  return `${countText(finished)} of ${countedText(total, 'task')}${failures}`;
}

const reasons: Readonly<Record<JobReason, string>> = {
  no_backend: 'No endpoint can be called now. It goes on when one can.',
  no_slot: 'Other jobs have all places at the endpoints. It goes on when one is free.',
  disk_full: 'The disk of the hub is full. It goes on when there is room.',
  store_failed: 'Nothing can be stored now. It goes on when it can.',
  budget_exhausted: 'The budget is spent. Results so far are kept.',
  time_limit: 'The time is up. Results so far are kept.',
  planning_failed: 'No plan could be made.',
  tasks_failed: 'Some tasks failed.',
};

/** Why a job stands as it does, as a sentence; the reason itself when a newer hub has one that this page does not know. */
export function reasonText(reason: JobReason): string {
  return Object.hasOwn(reasons, reason) ? reasons[reason] : reason;
}

const failures: Readonly<Record<TaskFailureCode, string>> = {
  no_backend: 'No endpoint could be called.',
  upstream_failed: 'The endpoint failed while it answered.',
  upstream_refused: 'The endpoint refused the call.',
  invalid_output: 'The answer of the model could not be used.',
  budget_exhausted: 'The budget was spent.',
  time_limit: 'The time was up.',
  worker_lost: 'Its worker was lost.',
  poison: 'It took its worker down each time.',
  dependency_failed: 'A task that it needs failed.',
  executor_failed: 'The executor failed.',
};

/** Why a task has no result, as a sentence; the code itself when it is a new one. */
export function failureText(code: TaskFailureCode): string {
  return Object.hasOwn(failures, code) ? failures[code] : code;
}
