import { limits } from '../limits.js';
import type { Endpoint, EndpointCondition } from './endpoint.js';

/**
 * What a check says of an endpoint. `good` and `bad` count for and against it; `neutral`: it answers, but cannot be used
 * now; `void`: nothing was learned, because the fault is our own.
 */
export type CheckOutcome = 'good' | 'bad' | 'neutral' | 'void';

const exceptions: Readonly<Partial<Record<EndpointCondition, CheckOutcome>>> = {
  ok: 'good',
  loading: 'neutral',
  auth_required: 'neutral',
  rate_limited: 'neutral',
  local_resource: 'void',
};

/** The outcome of a check that found this condition. */
export function outcomeOf(condition: EndpointCondition): CheckOutcome {
  return exceptions[condition] ?? 'bad';
}

/**
 * Decides from single checks whether an endpoint is healthy, slowly enough not to flap: two good ones in a row make it
 * healthy, three bad ones unhealthy. It begins as unknown, and is unknown while its answers are neutral. Those break a
 * row of good checks, so that two good ones come before any `healthy`, but not one of bad checks.
 */
export class EndpointHealth {
  #status: Endpoint['status'] = 'unknown';
  #condition: EndpointCondition | null = null;
  #hits = 0;
  #misses = 0;

  get status(): Endpoint['status'] {
    return this.#status;
  }

  /** What the last check found that taught us something. */
  get condition(): EndpointCondition | null {
    return this.#condition;
  }

  /** Whether one more good check makes it healthy, so that it is worth not to wait a whole interval. */
  get isPromising(): boolean {
    return this.#status === 'unknown' && this.#hits > 0;
  }

  /** Whether the last checks have settled that it does not work, so that trying twice in a row tells nothing new. */
  get isDown(): boolean {
    return this.#misses >= limits.missesUntilUnhealthy;
  }

  /** Takes the outcome of one check. */
  record(condition: EndpointCondition): void {
    const outcome = outcomeOf(condition);
    if (outcome === 'void') return;
    this.#condition = condition;
    this.#hits = outcome === 'good' ? this.#hits + 1 : 0;
    if (outcome === 'good') this.#misses = 0;
    if (outcome === 'bad') this.#misses += 1;
    if (outcome === 'neutral') this.#status = 'unknown';
    else if (this.isDown) this.#status = 'unhealthy';
    else if (this.#hits >= limits.hitsUntilReady) this.#status = 'healthy';
  }

  /** Milliseconds until the next check; `null`: at its turn in the common interval. */
  get pauseMs(): number | null {
    if (this.#condition === 'auth_required' || this.#condition === 'rate_limited')
      return limits.refusedPauseMs;
    if (this.#condition === 'loading' || !this.isDown) return null;
    const pauses = limits.endpointBackoffMs;
    return pauses[Math.min(this.#misses - limits.missesUntilUnhealthy, pauses.length - 1)] as number;
  }
}
