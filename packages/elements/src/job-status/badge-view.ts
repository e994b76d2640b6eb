import type { Job, JobStatus, TaskFailureCode, TaskStatus } from '@corral/core';
import { failureText, reasonText } from './job-texts.js';

/** How a state looks: its word, its token of colour, and a mark of a shape of its own. */
export interface BadgeView {
  readonly label: string;
  readonly tone: 'ok' | 'warn' | 'danger' | 'idle' | 'busy';
  readonly mark: string;
  /** Why it is so, as a sentence; empty when there is nothing to say. */
  readonly sentence: string;
}

const jobBadges: Readonly<Record<JobStatus, Omit<BadgeView, 'sentence'>>> = {
  pending: { label: 'Pending', tone: 'idle', mark: '○' },
  running: { label: 'Running', tone: 'busy', mark: '◐' },
  interrupted: { label: 'Interrupted', tone: 'warn', mark: '‖' },
  done: { label: 'Done', tone: 'ok', mark: '✓' },
  failed: { label: 'Failed', tone: 'danger', mark: '✕' },
  cancelled: { label: 'Cancelled', tone: 'idle', mark: '⊘' },
};

const taskBadges: Readonly<Record<TaskStatus, Omit<BadgeView, 'sentence'>>> = {
  pending: { label: 'Pending', tone: 'idle', mark: '○' },
  running: { label: 'Running', tone: 'busy', mark: '◐' },
  completed: { label: 'Completed', tone: 'ok', mark: '✓' },
  degraded: { label: 'Degraded', tone: 'warn', mark: '△' },
  failed: { label: 'Failed', tone: 'danger', mark: '✕' },
};

const ownSentences: Partial<Readonly<Record<JobStatus, string>>> = {
  pending: 'It waits for its turn.',
  interrupted: 'The hub ended while it ran.',
};

/** How the state of a job looks. One that runs and waits for something says that it waits. */
export function jobBadgeView({ status, statusReason }: Pick<Job, 'status' | 'statusReason'>): BadgeView {
  const sentence = statusReason === null ? (ownSentences[status] ?? '') : reasonText(statusReason);
  if (status === 'running' && statusReason !== null)
    return { label: 'Waiting', tone: 'warn', mark: '◔', sentence };
  const known = Object.hasOwn(jobBadges, status) ? jobBadges[status] : undefined;
  return { ...(known ?? { label: status, tone: 'idle', mark: '○' }), sentence };
}

/** How the state of a task looks. */
export function taskBadgeView(status: TaskStatus, failureCode: TaskFailureCode | null): BadgeView {
  const known = Object.hasOwn(taskBadges, status) ? taskBadges[status] : undefined;
  const degraded = status === 'degraded' ? 'Its score is below what was asked for.' : '';
  const sentence = failureCode === null ? degraded : failureText(failureCode);
  return { ...(known ?? { label: status, tone: 'idle', mark: '○' }), sentence };
}
