/** When a crashed server is started again. */
export interface RestartPolicy {
  /** Delay before the first restart, in ms. Each further one doubles. */
  readonly baseDelayMs: number;
  /** Longest delay in ms, before the spread. */
  readonly maxDelayMs: number;
  /** Random spread, as a share of the delay: 0.2 means ±20 %. */
  readonly spread: number;
  /** Restarts in a row; the crash after the last of them fails the model with `crash_loop`. */
  readonly maxRestarts: number;
  /** Milliseconds of readiness after which earlier crashes are forgotten. */
  readonly forgetAfterMs: number;
}

/** 1 s doubling to 60 s ±20 %, five restarts, forgotten after 10 minutes of readiness. */
export const defaultRestartPolicy: RestartPolicy = {
  baseDelayMs: 1000,
  maxDelayMs: 60_000,
  spread: 0.2,
  maxRestarts: 5,
  forgetAfterMs: 600_000,
};

/**
 * The delay in ms before restart number `crashes` (1 for the first), or `null` when no further restart is due.
 * delay = min(maxDelay, base · 2^(crashes − 1)) · (1 − spread … 1 + spread).
 * @param random a number in [0, 1)
 */
export function restartDelayMs(policy: RestartPolicy, crashes: number, random: number): number | null {
  if (crashes > policy.maxRestarts) return null;
  const delay = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (crashes - 1));
  return delay * (1 - policy.spread + 2 * policy.spread * random);
}

/** Counts the crashes of one server in a row, and says when it may start again. */
export class CrashCount {
  readonly #policy: RestartPolicy;
  #crashes = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Crashes in a row. */
  get crashes(): number {
    return this.#crashes;
  }

  /** Begins anew, as after a start by a person. */
  forget(): void {
    this.#crashes = 0;
  }

  /**
   * One more crash. The answer is the delay in ms before the restart, or `null` when none is due.
   * @param readyForMs how long the server was ready before it crashed; long enough, and earlier crashes are forgotten
   * @param random a number in [0, 1)
   */
  add(readyForMs: number, random: number): number | null {
    if (readyForMs >= this.#policy.forgetAfterMs) this.forget();
    this.#crashes += 1;
    return restartDelayMs(this.#policy, this.#crashes, random);
  }
}
