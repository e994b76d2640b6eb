import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { Clock } from '@corral/core';
import { EgressFailure } from './egress-failure.js';
import { asLookupFailure, endOf } from './lookup-failure.js';

/** Asks for all addresses of a name. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>;

/** How a {@link NameResolver} works. */
export interface NameResolverOptions {
  readonly clock: Clock;
  /** Default: the machine's own resolver, which knows `/etc/hosts` and mDNS. */
  readonly resolve?: ResolveName;
  /** How long an answer counts, in ms; at most 5000. Default: 5000. */
  readonly cacheMs?: number;
  /** How long one caller waits, in ms, a turn included. Default: 3000. */
  readonly timeoutMs?: number;
}

/**
 * The machine's resolver runs on the four threads that file access needs too. libuv itself gives look-ups no more than two
 * of them; a third would wait there, where no turn can be given to a better one.
 */
const maxAtOnce = 2;

/**
 * How many of them names may take that were not found the last time. A machine that is switched off can take its name's
 * look-up seconds to fail; a dozen of those must not keep names waiting that work.
 */
const maxDoubtful = 1;

/** Names that are remembered as found. */
const maxKnown = 1000;

/** A longer memory would be a longer way back for a name that was moved. */
const maxCacheMs = 5000;

interface Question {
  readonly answer: Promise<readonly LookupAddress[]>;
  readonly settle: (answer: Promise<readonly LookupAddress[]>) => void;
  waiting: number;
}

/**
 * Finds the addresses of names without flooding the machine: at most two look-ups at once, one of the places kept for
 * names that were found the last time, one look-up for all who ask for the same name, answers kept for seconds, failures
 * not at all. A look-up cannot be called off, so one that outlives its callers keeps its place until it ends; one whose
 * turn has not come is dropped with its last caller.
 */
export class NameResolver {
  readonly #clock: Clock;
  readonly #resolve: ResolveName;
  readonly #cacheMs: number;
  readonly #timeoutMs: number;
  readonly #answers = new Map<
    string,
    { readonly addresses: readonly LookupAddress[]; readonly untilMs: number }
  >();
  readonly #queue = new Map<string, Question>();
  readonly #running = new Map<string, Question>();
  /** Names that were found the last time, the latest at the end. */
  readonly #known = new Set<string>();

  constructor(options: NameResolverOptions) {
    this.#clock = options.clock;
    this.#resolve = options.resolve ?? ((name) => lookup(name, { all: true }));
    this.#cacheMs = Math.min(options.cacheMs ?? maxCacheMs, maxCacheMs);
    this.#timeoutMs = options.timeoutMs ?? 3000;
  }

  /**
   * All addresses of a name, in the resolver's order, never none. Not judged.
   * @throws EgressFailure `name_not_found`, `lookup_failed`, `timeout`, and `aborted` as soon as `signal` is
   */
  async addresses(name: string, signal?: AbortSignal): Promise<readonly LookupAddress[]> {
    if (signal?.aborted) throw endOf(signal);
    const known = this.#answers.get(name);
    if (known && this.#clock.now() < known.untilMs) return known.addresses;
    const question = this.#running.get(name) ?? this.#queue.get(name) ?? this.#ask(name);
    question.waiting++;
    try {
      return await this.#withinDeadline(name, question.answer, signal);
    } finally {
      question.waiting--;
      if (question.waiting === 0 && this.#queue.get(name) === question) this.#queue.delete(name);
    }
  }

  #ask(name: string): Question {
    const question = newQuestion();
    this.#queue.set(name, question);
    this.#startNext();
    return question;
  }

  #startNext(): void {
    for (const [name, question] of this.#queue) {
      if (this.#running.size >= maxAtOnce) return;
      if (!this.#known.has(name) && this.#doubtful >= maxDoubtful) continue;
      this.#queue.delete(name);
      this.#running.set(name, question);
      question.settle(this.#run(name));
    }
  }

  /** Look-ups under way of names that were not found the last time. */
  get #doubtful(): number {
    return [...this.#running.keys()].filter((name) => !this.#known.has(name)).length;
  }

  async #run(name: string): Promise<readonly LookupAddress[]> {
    try {
      const addresses = await this.#resolve(name);
      if (addresses.length === 0) throw new EgressFailure('name_not_found', `\`${name}\` has no address`);
      this.#remember(name, addresses);
      return addresses;
    } catch (error) {
      this.#known.delete(name);
      throw error;
    } finally {
      this.#running.delete(name);
      this.#startNext();
    }
  }

  #remember(name: string, addresses: readonly LookupAddress[]): void {
    const nowMs = this.#clock.now();
    // All answers live equally long, so the old ones stand first and are forgotten on the way.
    for (const [old, { untilMs }] of this.#answers) {
      if (untilMs > nowMs) break;
      this.#answers.delete(old);
    }
    this.#answers.delete(name);
    this.#answers.set(name, { addresses, untilMs: nowMs + this.#cacheMs });
    this.#known.delete(name);
    this.#known.add(name);
    const [oldest] = this.#known;
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
  }

  #withinDeadline(name: string, answer: Question['answer'], signal?: AbortSignal): Question['answer'] {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => end(() => reject(endOf(signal)));
      const timer = this.#clock.setTimeout(
        () => end(() => reject(new EgressFailure('timeout', `No address within ${this.#timeoutMs} ms`))),
        this.#timeoutMs,
      );
      const end = (settle: () => void): void => {
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      answer.then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(asLookupFailure(error, name))),
      );
    });
  }
}

function newQuestion(): Question {
  let settle: Question['settle'] = () => {};
  const answer = new Promise<readonly LookupAddress[]>((resolve) => {
    settle = resolve;
  });
  // Its callers may all be gone when it fails.
  answer.catch(() => {});
  return { answer, settle, waiting: 0 };
}
