/** How long to wait before the next attempt. */
export interface BackOffOptions {
  /** Delay in ms before the first attempt. */
  readonly firstMs: number;
  /** Longest delay in ms. */
  readonly mostMs: number;
}

/**
 * The delay in ms before attempt `attempt` (0 for the first): doubling up to the longest, ±20 %.
 * @param random a number in [0, 1)
 */
export function backOffMs({ firstMs, mostMs }: BackOffOptions, attempt: number, random: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30)) * (0.8 + 0.4 * random);
}

/** Pauses between two connections of a stream: the one that a hub usually asks for, and the bounds of what it may ask for. */
export const streamRetryMs: Readonly<Record<'usual' | 'least' | 'most', number>> = {
  usual: 3000,
  least: 500,
  most: 30_000,
};

/** The pause that a hub asks for, within bounds: one of 0 would never grow, and ask a hub that is away without end. */
export function askedRetryMs(ms: number): number {
  return Math.min(Math.max(ms, streamRetryMs.least), streamRetryMs.most);
}
