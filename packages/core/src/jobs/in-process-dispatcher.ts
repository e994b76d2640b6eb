import type { JobExecutor, TaskDispatcher } from './ports.js';

/** Has tasks carried out right here, by an executor. */
export function inProcessDispatcher(executor: JobExecutor): TaskDispatcher {
  return {
    run: (task, context) => executor.runTask(task, context),
    freeSlots: (job) => executor.freeSlots?.(job) ?? null,
    onFreed: (listener) => executor.onFreed?.(listener) ?? (() => {}),
  };
}
