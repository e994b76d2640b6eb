import { type Clock, sleep } from '@corral/core';

/** Something that is done again and again, never twice at a time. */
export interface Beat {
  /** Ends it; waits for what is under way. Idempotent. */
  stop(): Promise<void>;
}

/** Does something now, and again `pauseMs` after each time. Its failures are its own business: it is simply done again. */
export function startBeat(clock: Clock, pauseMs: number, act: () => Promise<void>): Beat {
  const stopping = new AbortController();
  const { signal } = stopping;
  const beating = (async () => {
    while (!signal.aborted) {
      await act().catch(() => {});
      await sleep(clock, pauseMs, signal);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await beating;
    },
  };
}
