import type { JobSpec } from './job.js';
import type { TaskDispatcher } from './ports.js';

/** What the jobs of one runner share: how much can begin, and how much has begun. */
export class TaskSlots {
  /** Tasks that were begun and that the dispatcher has not heard of: its own count does not have them yet. */
  starting = 0;
  /** Tasks and plans that workers have. */
  working = 0;
  readonly #dispatcher: Pick<TaskDispatcher, 'freeSlots'>;

  readonly #onFreed: () => void;

  /** @param onFreed hears that a job may have left room for others */
  constructor(dispatcher: Pick<TaskDispatcher, 'freeSlots'>, onFreed: () => void) {
    this.#dispatcher = dispatcher;
    this.#onFreed = onFreed;
  }

  /** A job has less to do than before. */
  freed(): void {
    // Without a count nobody waits for another job.
    if (this.#dispatcher.freeSlots) this.#onFreed();
  }

  /** How many tasks of a job could begin now; `null`: nobody knows. */
  free(spec: Omit<JobSpec, 'tasks'>): number | null {
    try {
      const free: unknown = this.#dispatcher.freeSlots?.(spec);
      // Programs in JavaScript answer anything, such as a promise; a job must not wait for what is no number.
      if (typeof free !== 'number' || Number.isNaN(free)) return null;
      return Math.max(0, Math.floor(free) - this.starting);
    } catch {
      // Whoever cannot say is asked to carry it out, and says then what is wrong.
      return null;
    }
  }
}
