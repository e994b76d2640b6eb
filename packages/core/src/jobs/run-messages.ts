import type { Job } from './job.js';
import type { JobLogLevel } from './job-event.js';
import type { JobReason } from './job-state.js';
import type { StoredTask } from './ports.js';

/** Tasks of a plan that are told by name. */
const mostNamed = 20;

/** A title inside of a sentence. */
export function quoted(title: string): string {
  return `“${title}”`;
}

/** What a job's log says of its plan. */
export function planLines(tasks: readonly StoredTask[]): string {
  const named = tasks.slice(0, mostNamed).map(({ title }, index) => `${index + 1}. ${title}`);
  const rest = tasks.length > mostNamed ? [`and ${tasks.length - mostNamed} more`] : [];
  return [`The plan has ${counted(tasks.length, 'task')}`, ...named, ...rest].join('\n');
}

/** What a job's log says last. */
export function endLine(job: Job): { readonly level: JobLogLevel; readonly message: string } {
  const { completed, degraded, failed } = job.taskCounts;
  const all = Object.values(job.taskCounts).reduce((sum, count) => sum + count, 0);
  const parts = [
    `${completed + degraded} of ${counted(all, 'task')} finished`,
    ...(degraded > 0 ? [`${degraded} of them below the score that was asked for`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    job.totalCost === null ? 'cost unknown' : `${usd(job.totalCost)} spent`,
  ];
  const facts = parts.join(', ');
  if (job.status === 'done') return { level: 'info', message: `Done: ${facts}` };
  if (job.status === 'failed')
    return {
      level: 'error',
      message: `Failed, ${failures(job)[job.statusReason ?? 'tasks_failed']}: ${facts}`,
    };
  const what = job.status === 'cancelled' ? 'Cancelled' : 'Interrupted: the hub ends';
  return { level: 'warn', message: `${what}; ${facts}` };
}

/** A number of things. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Milliseconds as people say them. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function failures({ budgetUsd, timeLimitS }: Job): Readonly<Record<JobReason, string>> {
  return {
    budget_exhausted: `the budget of ${usd(budgetUsd)}, or that of tokens, is spent`,
    time_limit: `the time limit of ${timeLimitS} s is over`,
    planning_failed: 'there is no plan',
    tasks_failed: 'not every task has a result',
    no_backend: 'no endpoint can be called',
    no_slot: 'others have all places',
    disk_full: 'there is no space left',
    store_failed: 'nothing can be stored',
  };
}

function usd(amount: number): string {
  return `${amount.toFixed(amount < 1 ? 4 : 2)} USD`;
}
