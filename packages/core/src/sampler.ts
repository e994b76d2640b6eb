import { childSignal } from './child-signal.js';
import type { Clock, TimerHandle } from './clock.js';
import { invalidArgument } from './errors.js';
import { limits } from './limits.js';

/** What a sampler drives. */
export interface SamplerTarget {
  /** Does the work of one tick. Must not reject, and must settle soon after `signal` aborts. */
  onTick(tick: number, signal: AbortSignal): Promise<void>;
}

/**
 * The clockwork of everything that is sampled: a tick each interval, never two at once.
 *
 * Ticks are numbered by the time that has passed, so a blocked event loop or a laptop that slept makes the number
 * jump and is followed by one tick, not by a burst.
 */
export class Sampler {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #target: SamplerTarget;
  #stopping: ReturnType<typeof childSignal> | undefined;
  #timer: TimerHandle | undefined;
  #inFlight: Promise<void> = Promise.resolve();

  /** @throws CorralError `invalid_argument` unless `intervalMs` is a positive number */
  constructor(target: SamplerTarget, clock: Clock, intervalMs: number = limits.sampleIntervalMs) {
    if (!(intervalMs > 0)) throw invalidArgument('intervalMs', 'a positive number', intervalMs);
    this.#target = target;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Begins; the first tick comes after one interval. Does nothing when it runs. */
  start(): void {
    if (this.#stopping) return;
    const stopping = childSignal();
    this.#stopping = stopping;
    const origin = this.#clock.now();
    let next = 1;
    const schedule = (): void => {
      const passed = (this.#clock.now() - origin) / this.#intervalMs;
      next = Math.max(next, Math.ceil(passed));
      this.#timer = this.#clock.setTimeout(
        () => {
          // A late timer stands for the newest tick that has passed; an early one for its own.
          const tick = Math.max(next, Math.floor((this.#clock.now() - origin) / this.#intervalMs));
          next = tick + 1;
          this.#inFlight = this.#tick(tick, stopping.signal).finally(() => {
            if (!stopping.signal.aborted) schedule();
          });
        },
        (next - passed) * this.#intervalMs,
      );
    };
    schedule();
  }

  /** Ends; resolves when the tick in flight is over. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    this.#clock.clearTimeout(this.#timer);
    await this.#inFlight;
  }

  async #tick(tick: number, stopping: AbortSignal): Promise<void> {
    const deadline = childSignal(stopping);
    const deadlineMs = Math.min(limits.checkDeadlineMs, this.#intervalMs * 0.8);
    const timer = this.#clock.setTimeout(() => deadline.abort(), deadlineMs);
    try {
      await this.#target.onTick(tick, deadline.signal);
    } finally {
      this.#clock.clearTimeout(timer);
      deadline.dispose();
    }
  }
}
