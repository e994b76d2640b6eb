/** An opaque timer handle; pass it back to the clock that made it. */
export type TimerHandle = object | number;

/**
 * Time as an argument. Everything in Corral that waits or measures takes a clock, so that tests run hours in
 * milliseconds and never sleep.
 */
export interface Clock {
  /** Monotonic time in ms. Only differences mean anything; use it for every duration and rate. */
  now(): number;
  /** Wall time in ms since the Unix epoch. For display only: it may jump. */
  wallTime(): number;
  /** Calls back once after `delayMs`. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  /** Cancels a timer; unknown or fired handles are ignored. */
  clearTimeout(handle: TimerHandle | undefined): void;
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  // Platforms disagree on the type of a handle, and each takes its own back.
  clearTimeout: (handle) => clearTimeout(handle as number | undefined),
};

/**
 * Resolves after `delayMs`, or at once when `signal` aborts. It never rejects: look at the signal afterwards.
 * @param delayMs milliseconds, at least 0
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimeout(finish, delayMs);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** Wall time of the clock as an ISO 8601 string with milliseconds, in UTC. */
export function isoTime(clock: Clock): string {
  return new Date(clock.wallTime()).toISOString();
}
