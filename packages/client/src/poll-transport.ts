import { limits, sleep } from '@corral/core';
import { backOffMs } from './back-off.js';
import { ClientError } from './client-error.js';
import type { TransportContext } from './transport.js';

/** Longest pause in ms between two polls of a hub that does not answer. */
const mostPauseMs = 30_000;

/** Asks for the snapshot once a second; an unchanged one costs a 304. Backs off while the hub does not answer. */
export async function pollTransport(context: TransportContext, signal: AbortSignal): Promise<void> {
  const { requests, mirror, clock, random, onState } = context;
  let etag: string | null = null;
  let failures = 0;
  const over = (): boolean => signal.aborted;
  while (!over()) {
    try {
      const changed = await requests.snapshotIfChanged(etag, signal);
      if (over()) return;
      if (changed) {
        etag = changed.etag;
        mirror.replace(changed.snapshot);
      }
      failures = 0;
      onState('live');
      await sleep(clock, limits.sampleIntervalMs, signal);
    } catch (error) {
      if (over()) return;
      if (error instanceof ClientError && !error.retryable) throw error;
      onState('reconnecting');
      const delay = backOffMs(
        { firstMs: limits.sampleIntervalMs, mostMs: mostPauseMs },
        failures++,
        random(),
      );
      await sleep(clock, delay, signal);
    }
  }
}
