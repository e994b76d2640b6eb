import { type Clock, sleep } from '@corral/core';

/**
 * Waits for work, but not for ever; its failures are nobody's business any more.
 * @returns whether it ended in time
 */
export async function bounded(work: Promise<unknown>, clock: Clock, mostMs: number): Promise<boolean> {
  const patience = new AbortController();
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, sleep(clock, mostMs, patience.signal).then(() => false)]);
  } finally {
    patience.abort();
  }
}
