import type { Job } from './job.js';
import type { JobLedger } from './job-ledger.js';
import {
  type CallBudget,
  type CallEstimate,
  type CallUsage,
  type Reservation,
  TaskFailure,
} from './ports.js';

/** Work that calls are made for: an attempt of a task, or the planning. */
export interface Spender {
  /** `null`: the job as a whole. */
  readonly taskId: string | null;
  /** Aborts when the work is called off. */
  readonly signal: AbortSignal;
  /** Whether the work has ended: whatever it asks for now comes too late. */
  readonly isOver: boolean;
}

/** What a {@link JobBudget} works with. */
export interface JobBudgetOptions {
  readonly ledger: JobLedger;
  /** What may be spent; it may be raised while the job runs. */
  readonly limits: () => Pick<Job, 'budgetUsd' | 'budgetTokens'>;
  /** Has the books stored. Resolves to false when nothing is stored any more. */
  readonly store: (taskId: string | null) => Promise<boolean>;
  /** Hears that a call is about to be made. */
  readonly onReserved: () => void;
  /** Hears what a call of a task cost. */
  readonly onPaid: (taskId: string | null, costUsd: number) => void;
}

interface Waiting {
  readonly spender: Spender;
  readonly estimate: CallEstimate;
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (failure: TaskFailure) => void;
}

interface Grant {
  readonly maxOutputTokens: number;
  readonly usd: number | null;
  readonly tokens: number;
}

/** US dollars too few to mean anything: what arithmetic in binary leaves. */
const grainUsd = 1e-12;

/** Says which call of a job may be made. First come, first served. */
export class JobBudget {
  readonly #options: JobBudgetOptions;
  readonly #owners = new Map<string, Spender>();
  readonly #waiting: Waiting[] = [];
  /** What is set aside and not yet stored: nobody has made a call for it. */
  readonly #unmade = new Map<string, (failure: TaskFailure) => void>();
  #ids = 0;

  constructor(options: JobBudgetOptions) {
    this.#options = options;
  }

  /** The budget as some work sees it. */
  of(spender: Spender): CallBudget {
    // Once for all that it asks for: it may ask thousands of times.
    spender.signal.addEventListener('abort', () => this.#dropAborted(spender), { once: true });
    return { reserve: (estimate) => this.#reserve(spender, estimate) };
  }

  /** Counts what this work has not settled as used: its servers may have done it. */
  release(spender: Spender): void {
    this.#dropAborted(spender);
    for (const [id, owner] of this.#owners) if (owner === spender) this.#settle(id, owner);
    this.#serve();
  }

  #reserve(spender: Spender, estimate: CallEstimate): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      if (spender.signal.aborted || spender.isOver) {
        reject(calledOff());
        return;
      }
      if (!isSound(estimate)) {
        reject(new TaskFailure('executor_failed', 'The estimate of a call is not made of numbers'));
        return;
      }
      this.#waiting.push({ spender, estimate, resolve, reject });
      this.#serve();
    });
  }

  /** Serves who waits, in order, as far as the budget goes. */
  #serve(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const grant = this.#grant(next);
      if (grant === 'wait') return;
      this.#waiting.shift();
      if (grant) void this.#setAside(next, grant);
      else
        next.reject(
          new TaskFailure('budget_exhausted', 'What the job may still spend is too little for a call'),
        );
    }
  }

  #grant({ spender, estimate }: Waiting): Grant | 'wait' | null {
    const { ledger, limits } = this.#options;
    const { budgetUsd, budgetTokens } = limits();
    // Calls without a price do not count against the money; once it is gone there are no calls of any kind.
    if (ledger.spentUsd >= budgetUsd - grainUsd) return null;
    const freeUsd = budgetUsd - ledger.spentUsd - ledger.reservedUsd;
    const freeTokens =
      budgetTokens === null ? Infinity : budgetTokens - ledger.usedTokens - ledger.reservedTokens;
    const most = affordable(estimate, freeUsd, freeTokens);
    if (most < estimate.maxOutputTokens && this.#mayComeBack(spender)) return 'wait';
    if (most < Math.min(1, estimate.maxOutputTokens)) return null;
    const { inputTokens, price } = estimate;
    const usd = price && costOf(estimate, most);
    return { maxOutputTokens: most, usd, tokens: inputTokens + most };
  }

  /** Whether somebody else holds something and is not waiting too: two who wait for each other would wait for ever. */
  #mayComeBack(spender: Spender): boolean {
    const waiting = new Set(this.#waiting.map((entry) => entry.spender));
    return [...this.#owners.values()].some((owner) => owner !== spender && !waiting.has(owner));
  }

  async #setAside({ spender, resolve, reject }: Waiting, grant: Grant): Promise<void> {
    const { ledger, store } = this.#options;
    const id = `${++this.#ids}`;
    this.#owners.set(id, spender);
    this.#unmade.set(id, reject);
    ledger.open({ id, taskId: spender.taskId, usd: grant.usd, tokens: grant.tokens });
    const isStored = await store(null).catch(() => false);
    if (!isStored) this.#dropUnmade(id);
    // Called off meanwhile.
    if (!this.#unmade.delete(id)) return;
    this.#options.onReserved();
    const settle = (usage: CallUsage): Promise<void> => this.#settleStored(id, spender, usage);
    resolve({ maxOutputTokens: grant.maxOutputTokens, settle });
  }

  /** Gives back what was set aside for a call that nobody was allowed to make yet, and never will be. */
  #dropUnmade(id: string): void {
    const reject = this.#unmade.get(id);
    if (!reject) return;
    this.#unmade.delete(id);
    this.#owners.delete(id);
    this.#options.ledger.cancel(id);
    reject(calledOff());
    this.#serve();
  }

  async #settleStored(id: string, spender: Spender, usage: CallUsage): Promise<void> {
    if (!this.#owners.has(id)) return;
    this.#settle(id, spender, usage);
    this.#serve();
    await this.#options.store(spender.taskId);
  }

  #settle(id: string, { taskId }: Spender, usage?: CallUsage): void {
    this.#owners.delete(id);
    const costUsd = this.#options.ledger.settle(id, usage);
    if (costUsd !== null) this.#options.onPaid(taskId, costUsd);
  }

  #dropAborted(spender: Spender): void {
    for (const entry of [...this.#waiting]) {
      if (entry.spender !== spender) continue;
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.reject(calledOff());
    }
    for (const [id, owner] of [...this.#owners]) if (owner === spender) this.#dropUnmade(id);
    // Who waited behind it may be next.
    this.#serve();
  }
}

/** The most output tokens, up to those asked for, that a call can have; negative when not even its input fits. */
function affordable(estimate: CallEstimate, freeUsd: number, freeTokens: number): number {
  const { inputTokens, maxOutputTokens, price } = estimate;
  const byTokens = Math.min(maxOutputTokens, freeTokens - inputTokens);
  if (!price || costOf(estimate, byTokens) <= freeUsd + grainUsd) return byTokens;
  // Tenths have no exact form in binary: without the grain a budget of 1 would not pay for 0.8 and 0.2.
  const byMoney = Math.floor((freeUsd - costOf(estimate, 0)) / (price.outputUsdPer1M / 1e6) + 1e-9);
  // Without a price of output tokens it is the input alone that is too dear.
  return price.outputUsdPer1M > 0 ? Math.min(byTokens, byMoney) : -1;
}

function costOf({ inputTokens, price }: CallEstimate, outputTokens: number): number {
  if (!price) return 0;
  return (inputTokens * price.inputUsdPer1M + outputTokens * price.outputUsdPer1M) / 1e6;
}

function isSound({ inputTokens, maxOutputTokens, price }: CallEstimate): boolean {
  const amounts = [inputTokens, maxOutputTokens, price?.inputUsdPer1M ?? 0, price?.outputUsdPer1M ?? 0];
  return amounts.every((amount) => Number.isFinite(amount) && amount >= 0);
}

function calledOff(): TaskFailure {
  return new TaskFailure('executor_failed', 'The work was called off');
}
