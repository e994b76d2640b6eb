import { ExactSum } from './exact-sum.js';
import type { Job } from './job.js';
import type { CallUsage, StoredReservation } from './ports.js';

/** What the record of a job says of its spending. */
export type Spending = Pick<Job, 'totalCost' | 'unpricedCalls' | 'totalTokens' | 'reservedUsd'>;

/**
 * The books of one job: what its calls used, and what is set aside for those under way. Pure arithmetic; who may spend
 * is for {@link JobBudget} to say.
 */
export class JobLedger {
  readonly #spent: ExactSum;
  readonly #open = new Map<string, StoredReservation>();
  #hasPrices: boolean;
  #unpricedCalls: number;
  #tokens: number;

  /** Goes on where a record stands. Its open reservations are brought in with {@link JobLedger.open}. */
  constructor({ totalCost, unpricedCalls, totalTokens }: Spending) {
    this.#spent = new ExactSum(totalCost ?? 0);
    // A job without calls has spent 0; so has one whose calls all cost nothing.
    this.#hasPrices = totalCost !== null && (totalCost > 0 || totalTokens > 0 || unpricedCalls > 0);
    this.#unpricedCalls = unpricedCalls;
    this.#tokens = totalTokens;
  }

  /** US dollars of all calls with a known price. */
  get spentUsd(): number {
    return this.#spent.value;
  }

  /** US dollars that are set aside. Summed anew each time, as there are few: nothing is left of what was given back. */
  get reservedUsd(): number {
    return sum([...this.#open.values()].map(({ usd }) => usd ?? 0));
  }

  /** Tokens that were used. */
  get usedTokens(): number {
    return this.#tokens;
  }

  /** Tokens that are set aside. */
  get reservedTokens(): number {
    return sum([...this.#open.values()].map(({ tokens }) => tokens));
  }

  /** What is set aside, as it is stored. */
  get reservations(): readonly StoredReservation[] {
    return [...this.#open.values()];
  }

  get spending(): Spending {
    const isUnknown = this.#unpricedCalls > 0 && !this.#hasPrices;
    return {
      totalCost: isUnknown ? null : this.#spent.value,
      unpricedCalls: this.#unpricedCalls,
      totalTokens: this.#tokens,
      reservedUsd: this.reservedUsd,
    };
  }

  /** Sets something aside. */
  open(reservation: StoredReservation): void {
    this.#open.set(reservation.id, reservation);
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /**
   * Replaces what was set aside with what was used.
   * @param usage without it, all that was set aside counts as used
   * @returns what was paid; `null` when nobody knows, when nothing was done, or when this reservation is not open
   */
  settle(id: string, usage?: CallUsage): number | null {
    const reservation = this.#open.get(id);
    if (!reservation) return null;
    this.#open.delete(id);
    const costUsd = usage ? amountOr(usage.costUsd, null) : reservation.usd;
    const tokens = usage
      ? amountOr(sum([usage.inputTokens, usage.outputTokens]), reservation.tokens)
      : reservation.tokens;
    this.#tokens = Math.min(this.#tokens + Math.round(tokens), Number.MAX_SAFE_INTEGER);
    if (costUsd === null) {
      this.#unpricedCalls += 1;
      return null;
    }
    // What was never done cost nothing, and says nothing of what the others cost.
    if (costUsd === 0 && tokens === 0) return null;
    this.#hasPrices = true;
    this.#spent.add(costUsd);
    return costUsd;
  }

  /** Gives back what was set aside for a call that was never made. */
  cancel(id: string): void {
    this.#open.delete(id);
  }
}

/** An amount that a server or an executor claims; anything that is none would spoil every later sum. */
function amountOr<Else>(amount: number | null, otherwise: Else): number | Else {
  return amount !== null && Number.isFinite(amount) && amount >= 0 ? amount : otherwise;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
