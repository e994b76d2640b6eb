import { type Clock, sleep } from '../clock.js';
import { limits } from '../limits.js';
import { backOffMs } from './back-off.js';
import type { JobStore, StoredTask, TaskInput } from './ports.js';

/** With what reading is tried again. */
export interface PatientReading {
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Tasks that are read at once. */
const pageLength = 1000;

/** All tasks of a job. @throws whatever the store throws */
export async function loadTasks(
  store: Pick<JobStore, 'tasks'>,
  jobId: string,
): Promise<readonly StoredTask[]> {
  const tasks: StoredTask[] = [];
  for (;;) {
    const page = await store.tasks(jobId, { from: tasks.length, limit: pageLength });
    tasks.push(...page);
    if (page.length < pageLength) return tasks;
  }
}

/** The results that a task needs, in the order in which it names them. @throws whatever the store throws */
export async function loadInputs(
  store: Pick<JobStore, 'output'>,
  jobId: string,
  needed: readonly StoredTask[],
): Promise<readonly TaskInput[]> {
  const inputs: TaskInput[] = [];
  for (const { taskId, title } of needed)
    inputs.push({ taskId, title, output: (await store.output(jobId, taskId)) ?? '' });
  return inputs;
}

/** Reads, again and again until it works; `undefined` when the signal came first. */
export async function readPatiently<Value>(
  read: () => Promise<Value>,
  { clock, random, signal }: PatientReading,
): Promise<Value | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await read();
    } catch {
      await sleep(clock, backOffMs(limits.storeRetryMs, failures, random), signal);
    }
  }
  return undefined;
}
