import { type BoundedAnswer, headerOf } from './bounded-request.js';
import type { Trouble } from './endpoint-answer.js';

const mostMs = 60_000;
const usualMs = 30_000;

/**
 * A time in which a server is left alone, because it wants a key that we lack or is asked too often. `Retry-After` is
 * honoured up to a minute; where it says nothing sensible it is half a minute.
 */
export class QuietPeriod {
  readonly #now: () => number;
  #untilMs = 0;
  #trouble: Trouble | null = null;

  /** @param now monotonic time in ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why the server is not asked now; `null` when it may be. */
  get trouble(): Trouble | null {
    return this.#now() < this.#untilMs ? this.#trouble : null;
  }

  /** Begins one where the answer calls for it. */
  begin(answer: BoundedAnswer, trouble: Trouble): void {
    if (trouble.condition !== 'auth_required' && trouble.condition !== 'rate_limited') return;
    this.#trouble = trouble;
    this.#untilMs = this.#now() + (trouble.condition === 'rate_limited' ? retryAfterMs(answer) : usualMs);
  }
}

function retryAfterMs(answer: BoundedAnswer): number {
  const text = headerOf(answer, 'retry-after') ?? '';
  if (/^\d{1,15}$/.test(text)) return Math.min(mostMs, Number(text) * 1000);
  // Against the server's own clock: ours may be another.
  const waitMs = dateOf(text) - dateOf(headerOf(answer, 'date') ?? '');
  return Number.isFinite(waitMs) ? Math.min(mostMs, Math.max(0, waitMs)) : usualMs;
}

/** The one form of a date that servers may send; `Date.parse` alone takes `-1` for one too. */
function dateOf(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} /.test(text) ? Date.parse(text) : Number.NaN;
}
