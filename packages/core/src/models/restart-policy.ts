import type { ServerExit } from './ports.js';
import type { Failure } from './readiness.js';

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
  /** The same for crashes that look like the kernel's for want of memory: then the model fails with `oom_suspected`. */
  readonly maxOomRestarts: number;
  /** Milliseconds of readiness after which earlier crashes are forgotten. */
  readonly forgetAfterMs: number;
}

/** 1 s doubling to 60 s ±20 %, five restarts (two for want of memory), forgotten after 10 minutes of readiness. */
export const defaultRestartPolicy: RestartPolicy = {
  baseDelayMs: 1000,
  maxDelayMs: 60_000,
  spread: 0.2,
  maxRestarts: 5,
  maxOomRestarts: 2,
  forgetAfterMs: 600_000,
};

/**
 * The delay in ms before restart number `crashes` (1 for the first).
 * delay = min(maxDelay, base · 2^(crashes − 1)) · (1 − spread … 1 + spread).
 * @param random a number in [0, 1)
 */
export function restartDelayMs(policy: RestartPolicy, crashes: number, random: number): number {
  const delay = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (crashes - 1));
  return delay * (1 - policy.spread + 2 * policy.spread * random);
}

/** What is to be done after a crash: wait and start again, or give up for this reason. */
export type CrashVerdict =
  | { readonly delayMs: number }
  | { readonly failureCode: 'crash_loop' | 'oom_suspected' };

/** Counts the crashes of one server in a row, and says when it may start again. */
export class CrashCount {
  readonly #policy: RestartPolicy;
  #crashes = 0;
  #oomCrashes = 0;

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
    this.#oomCrashes = 0;
  }

  /**
   * One more crash.
   * @param readyForMs how long the server was ready before it crashed; long enough, and earlier crashes are forgotten
   * @param random a number in [0, 1)
   * @param oomSuspected whether it may have been for want of memory
   */
  add(readyForMs: number, random: number, oomSuspected = false): CrashVerdict {
    if (readyForMs >= this.#policy.forgetAfterMs) this.forget();
    this.#crashes += 1;
    this.#oomCrashes = oomSuspected ? this.#oomCrashes + 1 : 0;
    if (this.#oomCrashes > this.#policy.maxOomRestarts) return { failureCode: 'oom_suspected' };
    if (this.#crashes > this.#policy.maxRestarts) return { failureCode: 'crash_loop' };
    return { delayMs: restartDelayMs(this.#policy, this.#crashes, random) };
  }
}

/**
 * What becomes of a model whose server has ended by itself: started again after `delayMs`, or, with `null`, given up.
 * @param readyForMs how long the server was ready
 * @param random a number in [0, 1)
 */
export function judgeExit(
  { failureCode, oomSuspected = false, message }: ServerExit,
  crashes: CrashCount,
  readyForMs: number,
  random: number,
): { readonly failure: Failure; readonly delayMs: number | null } {
  if (failureCode !== null) return { failure: { code: failureCode, message }, delayMs: null };
  const verdict = crashes.add(readyForMs, random, oomSuspected);
  if ('delayMs' in verdict) return { failure: { code: null, message }, delayMs: verdict.delayMs };
  const inARow = `Crashed ${crashes.crashes} times in a row. ${message}`;
  return { failure: { code: verdict.failureCode, message: inARow }, delayMs: null };
}
