import type { CounterReading, ModelLoad, ServerNumbers } from '@corral/core';
import { type BoundedAnswer, headerOf } from './bounded-request.js';
import { type BusySlots, parseSlots } from './busy-slots.js';
import { GeneratedTokens } from './generated-tokens.js';
import { MetricOddities } from './metric-oddities.js';
import { ProbeFailure } from './probe-failure.js';
import { parsePrometheusText } from './prometheus-text.js';
import type { ServerLog } from './server-log.js';

/** One of the two pages that numbers are read from. */
export type NumbersPage = '/metrics' | '/slots';

/** What is read of `/metrics`. */
const metricNames = [
  'tokens_predicted_total',
  'requests_processing',
  'requests_deferred',
  'prompt_tokens_total',
  'prompt_seconds_total',
] as const;

/** Asks for a page of the server; whoever watches it knows the connection, the key and the deadline. */
export type AskPage = (page: NumbersPage) => Promise<BoundedAnswer>;

/** What happened to an answer of `/slots`: read, not needed, refused for good, or not to be had this time. */
type SlotsAnswer = BusySlots | 'idle' | 'refused' | null;

/**
 * The numbers of one llama-server process. `/metrics` always, `/slots` only while requests run: reading slots of an idle
 * server would keep it from sleeping. A page that this process refuses is not asked for again.
 */
export class LlamaNumbers {
  readonly #refused = new Set<NumbersPage>();
  readonly #oddities: MetricOddities;
  #tokens = new GeneratedTokens();
  #finished: number | undefined;
  #startMark: string | null = null;
  #restarts = 0;
  #slots: number | null = null;
  #load: ModelLoad | null = null;

  constructor(log?: ServerLog) {
    this.#oddities = new MetricOddities(
      metricNames.map((name) => `llamacpp:${name}`),
      log,
    );
  }

  /** Whether requests ran or waited at the last reading; such a server cannot be asleep. */
  get isBusy(): boolean {
    return this.#load !== null && this.#load.processing + this.#load.deferred > 0;
  }

  /** Tells how many slots the server has, where another page says so. */
  knowSlots(slots: number | null): void {
    this.#slots = slots ?? this.#slots;
  }

  /** A new process may answer from now on: what the last one refused, it may have. */
  forgetProcess(): void {
    this.#refused.clear();
    this.#slots = null;
    this.#load = null;
  }

  /** Reads them; `null` when there are none. @throws ProbeFailure when a page could not be read this time */
  async read(ask: AskPage): Promise<ServerNumbers | null> {
    this.#load = null;
    const metrics = await this.#ask('/metrics', ask);
    if (metrics === 'refused' || metrics === null) return null;
    const samples = parsePrometheusText(metrics.text, this.#oddities);
    const sample = (name: (typeof metricNames)[number]): number | null =>
      atLeastZero(samples.get(`llamacpp:${name}`));
    const finished = sample('tokens_predicted_total');
    const processing = sample('requests_processing');
    const deferred = sample('requests_deferred');
    const promptTokens = sample('prompt_tokens_total');
    const promptSeconds = sample('prompt_seconds_total');
    this.#load = processing === null || deferred === null ? null : { processing, deferred };
    if ([finished, processing, deferred, promptTokens, promptSeconds].every((value) => value === null))
      return null;

    this.#noticeRestart(headerOf(metrics, 'process-start-time-unix'), finished);
    const slots = processing !== null && processing > 0 ? await this.#busySlots(ask) : 'idle';
    const busy = typeof slots === 'object' ? slots : null;
    this.knowSlots(busy?.slots ?? null);
    return {
      generatedTokens: processing === null ? null : this.#generated(finished, slots),
      promptTokens,
      promptSeconds,
      load: this.#load,
      slots: this.#slots,
      contextUsedTokens: busy?.contextUsedTokens ?? null,
      contextSizeTokens: busy?.contextSizeTokens ?? null,
      source: sourceOf(slots),
    };
  }

  /**
   * Without `/slots` the total moves only when a request ends. While one runs and the total stands still, how many tokens
   * there are is unknown; once it moves, it says what was generated since it was last known.
   */
  #generated(finished: number | null, slots: SlotsAnswer): CounterReading | null {
    if (finished === null || slots === null) return null;
    const hasMoved = finished !== this.#finished;
    this.#finished = finished;
    if (slots === 'refused' && !hasMoved) return null;
    const running = typeof slots === 'object' ? slots.running : noRequests;
    return {
      total: this.#tokens.observe({ finished, running }),
      atMs: performance.now(),
      epoch: this.#restarts === 0 ? this.#startMark : `${this.#startMark ?? ''} restart ${this.#restarts}`,
    };
  }

  /** A new start mark means a new process; so does a total that fell, on builds without a mark. */
  #noticeRestart(startMark: string | null, finished: number | null): void {
    const isMarked = startMark !== this.#startMark;
    const hasFallen = finished !== null && finished < (this.#finished ?? 0);
    this.#startMark = startMark;
    if (!isMarked && !hasFallen) return;
    if (!isMarked) this.#restarts += 1;
    this.#tokens = new GeneratedTokens();
    this.#finished = undefined;
    this.#refused.clear();
  }

  async #busySlots(ask: AskPage): Promise<SlotsAnswer> {
    const answer = await this.#ask('/slots', ask);
    return answer === 'refused' || answer === null ? answer : parseSlots(answer.text);
  }

  async #ask(page: NumbersPage, ask: AskPage): Promise<BoundedAnswer | 'refused' | null> {
    if (this.#refused.has(page)) return 'refused';
    const answer = await ask(page);
    if (answer.status === 200) return answer;
    if (!neverHere.has(answer.status)) return null;
    this.#refused.add(page);
    return 'refused';
  }
}

/** Reads numbers; those that do not come are unknown, and `onFailure` hears why. */
export async function numbersOrNull(
  numbers: LlamaNumbers,
  ask: AskPage,
  onFailure: (failure: ProbeFailure) => void,
): Promise<ServerNumbers | null> {
  try {
    return await numbers.read(ask);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    onFailure(error);
    return null;
  }
}

/** Switched off, not there, not allowed. */
const neverHere: ReadonlySet<number> = new Set([501, 404, 403]);
const noRequests: ReadonlyMap<number, number> = new Map();

function atLeastZero(value: number | undefined): number | null {
  return value !== undefined && value >= 0 ? value : null;
}

function sourceOf(slots: SlotsAnswer): string {
  if (slots === 'refused') return 'llama-server /metrics; /slots is switched off';
  return typeof slots === 'object' && slots !== null
    ? 'llama-server /metrics + /slots'
    : 'llama-server /metrics';
}
