/** What `/metrics` and `/slots` said at one moment. */
export interface TokenCounts {
  /** `llamacpp:tokens_predicted_total`: tokens of requests that have ended. Never less than at the moment before. */
  readonly finished: number;
  /** Tokens so far of each running request, by the id of its task. */
  readonly running: ReadonlyMap<number, number>;
}

/** `/metrics` prints six significant digits, so from here on the total is rounded. */
const exactBelow = 1e6;

/**
 * The live total of generated tokens of one server process: finished ones plus those of running requests. It never
 * falls, and never grows by more than was generated.
 *
 * A request that ends between the two reads is missing from both for a moment: its tokens are *missing* until the
 * finished total of the next read has them. What that total does not have either is *dropped*: builds that forget
 * cancelled requests never add it, so it is carried on here. What cannot be told apart is counted as added: a rate that
 * is a little low beats one that was never reached.
 *
 * Past a million the printed total is rounded to 10, past ten million to 100, and so on. From there the total is
 * carried on by the exact growth of each running request, and only held within what the rounded total allows.
 */
export class GeneratedTokens {
  #total = 0;
  #finished: number | undefined;
  #running: ReadonlyMap<number, number> = new Map();
  /** Tokens of requests that were gone at the last read and not in its finished total. */
  #missing = 0;
  /** Tokens that the server will never add. */
  #dropped = 0;

  /** Takes the next counts and answers the total so far. */
  observe({ finished, running: seen }: TokenCounts): number {
    const running = neverLess(seen, this.#running);
    this.#settle(finished, running);
    const printed = finished + sum(running.values()) + this.#missing + this.#dropped;
    const next = finished < exactBelow ? printed : this.#carriedOn(finished, printed, running);
    this.#running = running;
    this.#finished = finished;
    this.#total = Math.max(this.#total, next);
    return this.#total;
  }

  /** Looks for the tokens of requests that are gone in the growth of the finished total. */
  #settle(finished: number, running: ReadonlyMap<number, number>): void {
    // Two rounded totals may be a whole step further apart than they look.
    let growth = finished - (this.#finished ?? finished) + stepOf(finished);
    const added = Math.min(this.#missing, growth);
    this.#dropped += this.#missing - added;
    growth -= added;
    let gone = 0;
    for (const [task, decoded] of this.#running) if (!running.has(task)) gone += decoded;
    this.#missing = Math.max(0, gone - growth);
  }

  #carriedOn(finished: number, printed: number, running: ReadonlyMap<number, number>): number {
    let grown = this.#total;
    for (const [task, decoded] of running) grown += Math.max(0, decoded - (this.#running.get(task) ?? 0));
    const halfStep = stepOf(finished) / 2;
    return Math.min(printed + halfStep, Math.max(printed - halfStep, grown));
  }
}

/** The step in which a finished total is printed; 0 where it is exact. */
function stepOf(finished: number): number {
  return finished < exactBelow ? 0 : 10 ** (Math.floor(Math.log10(finished)) - 5);
}

function neverLess(
  now: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  return new Map(Array.from(now, ([task, decoded]) => [task, Math.max(decoded, before.get(task) ?? 0)]));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
