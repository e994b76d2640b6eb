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
