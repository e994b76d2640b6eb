import type { TaskDispatcher } from './ports.js';

/** Lets go of a dispatcher. Never rejects: one that fails must not keep the rest of a hub from its end. */
export async function letGo(
  dispatcher: TaskDispatcher | undefined,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await dispatcher?.dispose?.();
  } catch (error) {
    onError(error);
  }
}
