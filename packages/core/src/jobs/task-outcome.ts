import { limits } from '../limits.js';
import type { TaskFailureCode } from './job-state.js';
import { cutToBytes, wellFormed } from './plain-text.js';
import { isTaskFailureCode, type TaskProgress, type TaskResult } from './ports.js';

/** What became of work that failed. */
export interface WorkFailure {
  readonly code: TaskFailureCode;
  readonly retryable: boolean;
  /** For the job's log. */
  readonly message: string;
}

/** Judges what an executor or a dispatcher threw. Of errors of others only the name is told: they may quote anything. */
export function workFailure(error: unknown): WorkFailure {
  if (!(error instanceof Error)) return { ...unknownFailure, message: 'The executor failed' };
  try {
    return failureOf(error);
  } catch {
    // Whatever it is, it does not even say its name.
    return { ...unknownFailure, message: 'The executor failed' };
  }
}

function failureOf(error: Error): WorkFailure {
  // By shape: it may come from another copy of this package.
  if (error.name !== 'TaskFailure' || !('code' in error) || !isTaskFailureCode(error.code))
    return { ...unknownFailure, message: `The executor failed with ${shortText(error.name)}` };
  const retryable = 'retryable' in error && error.retryable === true;
  return { code: error.code, retryable, message: shortText(error.message) };
}

/** A sentence of a log is made of it. */
function shortText(text: unknown): string {
  return String(text).slice(0, limits.jobLogLength);
}

const unknownFailure = { code: 'executor_failed', retryable: false } as const;

/** A result as it is kept, or `undefined` when it is none. */
export function checkedResult(result: unknown): (TaskProgress & { readonly output: string }) | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { output, ...progress } = result as Partial<TaskResult>;
  if (typeof output !== 'string') return undefined;
  return {
    ...checkedProgress(progress),
    output: cutToBytes(wellFormed(output), limits.jobMost.outputBytes),
  };
}

/** The sound parts of what an executor reports. */
export function checkedProgress({ iterations, score, model }: TaskProgress): TaskProgress {
  const isScore = typeof score === 'number' && Number.isFinite(score);
  const isCount = typeof iterations === 'number' && Number.isSafeInteger(iterations) && iterations >= 0;
  return {
    ...(isCount && { iterations }),
    ...(isScore ? { score: Math.min(1, Math.max(0, score)) } : score === null && { score }),
    ...(typeof model === 'string' ? { model: wellFormed(model.slice(0, 256)) } : model === null && { model }),
  };
}
