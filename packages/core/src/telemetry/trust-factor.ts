import type { ModelCall } from './model-call.js';

/** Milliseconds in which a call comes to count half: seven days. */
export const trustHalfLifeMs = 7 * 24 * 3_600_000;

/** 95 %, two-sided: the quantile of the normal distribution that Wilson's bound takes. */
const z = 1.96;

/** What speaks for and against a model: sums of weights that were right at a time, so that it never grows. */
export interface Evidence {
  /** Weight of the calls that succeeded. */
  readonly good: number;
  /** Weight of those that failed. */
  readonly bad: number;
  /** Wall time in ms for which the weights hold. */
  readonly atMs: number;
}

/** Before the first call. */
export const noEvidence: Evidence = { good: 0, bad: 0, atMs: 0 };

/**
 * The same evidence at a later time: every weight × ½^(age ÷ 7 days). A wall clock that went back makes nothing younger:
 * then no time has passed.
 */
export function agedEvidence({ good, bad, atMs }: Evidence, nowMs: number): Evidence {
  const kept = 0.5 ** (Math.max(0, nowMs - atMs) / trustHalfLifeMs);
  return { good: good * kept, bad: bad * kept, atMs: nowMs };
}

/** The evidence with one call more, of weight 1. One that was called off says nothing about the model. */
export function withCall(before: Evidence, outcome: ModelCall['outcome'], nowMs: number): Evidence {
  if (outcome === 'cancelled') return before;
  const { good, bad, atMs } = agedEvidence(before, nowMs);
  return outcome === 'ok' ? { good: good + 1, bad, atMs } : { good, bad: bad + 1, atMs };
}

/** The evidence of two lots of calls, at the later of their times. */
export function joinedEvidence(a: Evidence, b: Evidence): Evidence {
  const atMs = Math.max(a.atMs, b.atMs);
  const [aged, other] = [agedEvidence(a, atMs), agedEvidence(b, atMs)];
  return { good: aged.good + other.good, bad: aged.bad + other.bad, atMs };
}

/**
 * How far a model can be trusted to answer its next call, from 0 to 1: the lower bound of Wilson's 95 % interval for the
 * success rate, over calls that count less the older they are.
 *
 * With s and f the weights of good and bad calls, each ½^(age ÷ 7 days), n = s + f, p = s ÷ n and z = 1.96:
 *
 *     trust = (p + z²/2n − z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n)
 *           = p s ÷ (s + z²/2 + z √(p f + z²/4))
 *
 * The second form is the first one times what it lacks to be a difference of squares. It takes nothing from anything, so
 * that rounding makes it neither negative nor more than p.
 *
 * - 0 ≤ trust ≤ p, and 0 exactly while nothing succeeded (or so long ago that its weight is 0);
 * - a success never lowers it, a failure never raises it;
 * - of two models with the same rate, the one with more evidence is trusted more;
 * - without new calls p stays and n falls, so that it falls with every hour, towards 0;
 * - calls at the same time may come in any order.
 *
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
 * Statistical Association 22 (1927), 209–212; that weights in place of whole numbers keep the properties above is shown
 * in `trust-factor.test.ts`.
 */
export function trustFactor(evidence: Evidence, nowMs: number): number {
  const { good, bad } = agedEvidence(evidence, nowMs);
  if (good === 0) return 0;
  const rate = good / (good + bad);
  const bound = (rate * good) / (good + z ** 2 / 2 + z * Math.sqrt(rate * bad + z ** 2 / 4));
  return Math.min(bound, rate);
}
