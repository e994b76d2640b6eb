/** What `/metrics` and `/slots` said at one moment. */
export interface TokenCounts {
  /** `llamacpp:tokens_predicted_total`: tokens of requests that have ended. */
  readonly finished: number;
  /** Tokens so far of each running request, by the id of its task. */
  readonly running: ReadonlyMap<number, number>;
}

/** `/metrics` prints six significant digits, so from here on the total is rounded. */
const exactBelow = 1e6;

/**
 * The live total of generated tokens of one server process: finished ones plus those of running requests. It never
 * falls, although a request that ends between the two reads is missing from both for a moment.
 *
 * Past a million the printed total is rounded to 10, past ten million to 100, and so on. From there the total is
 * carried on by the exact growth of each running request, and only held within what the rounded total allows.
 */
export class GeneratedTokens {
  #total = 0;
  #running: ReadonlyMap<number, number> = new Map();

  /** Takes the next counts and answers the total so far. */
  observe({ finished, running }: TokenCounts): number {
    const printed = finished + sum(running.values());
    const next = finished < exactBelow ? printed : this.#carriedOn(finished, printed, running);
    this.#running = running;
    this.#total = Math.max(this.#total, next);
    return this.#total;
  }

  #carriedOn(finished: number, printed: number, running: ReadonlyMap<number, number>): number {
    let grown = this.#total;
    for (const [task, decoded] of running) grown += Math.max(0, decoded - (this.#running.get(task) ?? 0));
    const halfStep = 10 ** (Math.floor(Math.log10(finished)) - 5) / 2;
    return Math.min(printed + halfStep, Math.max(printed - halfStep, grown));
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
