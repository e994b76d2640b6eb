import type { Job, JobTask } from './job.js';
import { isFinished, type TaskStatus, taskStatuses, taskTransitions } from './job-state.js';
import type { StoredTask } from './ports.js';

/** A task of a job that runs. */
export interface TaskState {
  /** Its place in the plan. */
  readonly index: number;
  /** As it was decided. */
  readonly row: StoredTask;
  /** As readers see it: as it is stored. */
  readonly shown: StoredTask;
  /** Failures in this run that count. */
  tries: number;
  /** Losses of its worker in a row in this run. */
  workerLosses: number;
}

interface Entry extends TaskState {
  row: StoredTask;
  shown: StoredTask;
  readonly dependents: Entry[];
  /** How many of those that it depends on are not finished. */
  unmet: number;
}

/** The tasks of one job: what state each is in, and which may begin. */
export class TaskTable {
  readonly #entries: readonly Entry[];
  readonly #byId: ReadonlyMap<string, Entry>;
  readonly #counts: Record<TaskStatus, number> = noTasks();
  #ready: Entry[] = [];

  /** @param rows in the order of the plan, every dependency among them and no cycle */
  constructor(rows: readonly StoredTask[]) {
    this.#entries = rows.map((row, index) => ({
      ...{ index, row, shown: row, dependents: [], unmet: 0, tries: 0, workerLosses: 0 },
    }));
    this.#byId = new Map(this.#entries.map((entry) => [entry.row.taskId, entry]));
    for (const entry of this.#entries) {
      this.#counts[entry.row.status] += 1;
      for (const taskId of entry.row.dependsOn) {
        const needed = this.#byId.get(taskId);
        if (!needed || isFinished(needed.row.status)) continue;
        needed.dependents.push(entry);
        entry.unmet += 1;
      }
    }
  }

  /** How many tasks there are in each state. */
  get counts(): Job['taskCounts'] {
    return { ...this.#counts };
  }

  get size(): number {
    return this.#entries.length;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  get(taskId: string): TaskState | undefined {
    return this.#byId.get(taskId);
  }

  /** Tasks in one of these states, in the order of the plan. */
  in(...statuses: readonly TaskStatus[]): readonly TaskState[] {
    return this.#entries.filter(({ row }) => statuses.includes(row.status));
  }

  /** What readers see of some tasks, in the order of the plan. */
  page(from: number, limit: number): readonly JobTask[] {
    return this.#entries.slice(from, from + limit).map(({ shown }) => jobTask(shown));
  }

  /** Changes facts of a task. @returns it */
  set(state: TaskState, facts: Partial<StoredTask>): TaskState {
    const entry = this.#entry(state);
    const { status } = entry.row;
    const next = facts.status ?? status;
    if (next !== status) {
      if (!(taskTransitions[status] as readonly TaskStatus[]).includes(next))
        throw new Error(`A task cannot go from ${status} to ${next}`);
      this.#counts[status] -= 1;
      this.#counts[next] += 1;
    }
    entry.row = { ...entry.row, ...facts };
    return entry;
  }

  /** Readers may see this of a task. */
  show(row: StoredTask): void {
    const entry = this.#byId.get(row.taskId);
    if (entry) entry.shown = row;
  }

  /** Lets everything begin that can; for the beginning of a run. */
  line(): void {
    this.#ready = this.#entries.filter(({ row, unmet }) => row.status === 'pending' && unmet === 0);
  }

  /** The next task that may begin. It leaves the line. */
  next(): TaskState | undefined {
    return this.#ready.shift();
  }

  /** Puts a task in the line again. */
  again(state: TaskState): void {
    this.#ready.push(this.#entry(state));
  }

  /** A task has its stored result: what waited only for it may begin. */
  unlock(state: TaskState): void {
    for (const dependent of this.#entry(state).dependents) {
      dependent.unmet -= 1;
      if (dependent.unmet === 0 && dependent.row.status === 'pending') this.#ready.push(dependent);
    }
  }

  /** Every task that waits for a failed one, directly or not. */
  doomedBy(state: TaskState): readonly TaskState[] {
    const doomed = new Set<Entry>();
    const look = [this.#entry(state)];
    for (let entry = look.pop(); entry; entry = look.pop()) {
      for (const dependent of entry.dependents) {
        if (dependent.row.status !== 'pending' || doomed.has(dependent)) continue;
        doomed.add(dependent);
        look.push(dependent);
      }
    }
    return [...doomed];
  }

  #entry({ row }: TaskState): Entry {
    const entry = this.#byId.get(row.taskId);
    if (!entry) throw new Error('Expected a task of this job');
    return entry;
  }
}

/** What readers see of a stored task. */
export function jobTask(stored: StoredTask): JobTask {
  const { taskId, title, dependsOn, status, failureCode, score, model } = stored;
  const { costUsd, iterations, attempt, startedAt, endedAt } = stored;
  return {
    ...{ taskId, title, dependsOn, status, failureCode, score, model },
    ...{ costUsd, iterations, attempt, startedAt, endedAt },
  };
}

/** Counts of a job that has no tasks yet. */
export function noTasks(): Record<TaskStatus, number> {
  return Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>;
}
