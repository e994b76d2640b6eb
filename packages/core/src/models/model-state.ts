/**
 * The states of a model's server. `design.md` beside this file draws them.
 *
 * - `offline`: no process. Leaves by a start, or fails when a restart finds no port.
 * - `starting`: a process is being launched and has not answered yet.
 * - `loading`: it answers and says that it is loading weights.
 * - `ready`: it proved its identity and answers checks.
 * - `unhealthy`: it was ready and missed three checks in a row; it is back after two good ones.
 * - `sleeping`: alive, with the weights unloaded by its own idle timer.
 * - `stopping`: it was asked to stop. Always ends in `offline`.
 * - `backoff`: it crashed and waits for its next start.
 * - `failed`: it will not be started again by itself; `failureCode` says why.
 */
export const modelStates = [
  'offline',
  'starting',
  'loading',
  'ready',
  'unhealthy',
  'sleeping',
  'stopping',
  'backoff',
  'failed',
] as const;

/** One of {@link modelStates}. */
export type ModelState = (typeof modelStates)[number];

/** Every legal change of state. Nothing else may happen; the supervisor throws if it does. */
export const modelTransitions = {
  offline: ['starting', 'failed'],
  starting: ['loading', 'ready', 'stopping', 'backoff', 'failed'],
  loading: ['ready', 'stopping', 'backoff', 'failed'],
  ready: ['unhealthy', 'sleeping', 'stopping', 'backoff', 'failed'],
  unhealthy: ['ready', 'stopping', 'backoff', 'failed'],
  sleeping: ['ready', 'unhealthy', 'stopping', 'backoff', 'failed'],
  stopping: ['offline'],
  backoff: ['starting', 'offline'],
  failed: ['starting'],
} as const satisfies Record<ModelState, readonly ModelState[]>;

/** Whether the table allows this change. */
export function canTransition(from: ModelState, to: ModelState): boolean {
  return (modelTransitions[from] as readonly ModelState[]).includes(to);
}

/** Whether a process exists in this state, or is being made or ended. */
export function isRunning(state: ModelState): boolean {
  return state !== 'offline' && state !== 'backoff' && state !== 'failed';
}
