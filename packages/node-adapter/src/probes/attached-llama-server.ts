import type { Backend, BackendModelReading, BackendReading } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import { countOf, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { LlamaNumbers, numbersOrNull } from './llama-numbers.js';
import { parseProps } from './llama-props.js';
import { nameWithoutPath } from './model-name.js';
import { ProbeFailure } from './probe-failure.js';
import type { ServerConnection } from './server-connection.js';
import { EndpointTrouble, unrecognised, WatchedEndpoint } from './watched-endpoint.js';

/** How an attached backend is watched. */
export interface AttachedBackendOptions {
  /** Whether `/metrics` and `/slots` may be read: reading them zeroes two gauges for everyone else. */
  readonly scrapeMetrics: boolean;
  /** `status`: whether it works and what it has, at the price of one small request a check. Default: `numbers`. */
  readonly detail?: 'numbers' | 'status' | undefined;
  /** Monotonic time in ms. Default: of this process. */
  readonly now?: () => number;
}

/**
 * A llama-server with one model that someone else runs. It is asked for its health, twice a minute for its model, while
 * idle whether it sleeps, and only when it is awake for its numbers. It can neither load nor unload.
 *
 * Watched for its status alone it is asked for no numbers, and whether it sleeps twice a minute.
 */
export class AttachedLlamaServer implements Backend {
  readonly kind = 'llama-server';
  readonly #endpoint: WatchedEndpoint;
  readonly #scrapes: boolean;
  readonly #statusOnly: boolean;
  readonly #numbers: LlamaNumbers;
  readonly #now: () => number;
  #model: Pick<BackendModelReading, 'name' | 'sizeBytes'> | undefined;
  #modelReadMs = 0;
  #isAsleep: boolean | null = null;

  constructor(connection: ServerConnection, options: AttachedBackendOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#endpoint = new WatchedEndpoint(connection, this.#now);
    this.#numbers = new LlamaNumbers(connection.location.log);
    this.#statusOnly = options.detail === 'status';
    this.#scrapes = options.scrapeMetrics && !this.#statusOnly;
  }

  async check(signal: AbortSignal, { whole = false } = {}): Promise<BackendReading> {
    const reading = await this.#endpoint.check(() => this.#look(signal, whole), whole);
    if (newProcess.has(reading.condition)) this.#forget();
    return reading;
  }

  close(): Promise<void> {
    return this.#endpoint.connection.close();
  }

  async #look(signal: AbortSignal, whole: boolean): Promise<BackendReading> {
    const health = await this.#ask('/health', signal);
    if (!health) return this.#reading('loading', null);
    // Whatever else answers with 200, an HTML page for one, is no llama-server.
    if (recordOf(parseJson(health.text))['status'] !== 'ok') throw unrecognised();
    const { durationMs } = health;
    const isNew = await this.#knowModel(signal, whole);
    if (!this.#statusOnly || isNew)
      this.#isAsleep = this.#numbers.isBusy ? false : await this.#isSleeping(signal);
    const isSleeping = this.#isAsleep;
    if (isSleeping) return this.#reading('sleeping', durationMs);
    if (!this.#scrapes || isSleeping === null) return this.#reading('ready', durationMs);
    const ask = (page: string) => this.#endpoint.connection.get(page, signal);
    const numbers = await numbersOrNull(this.#numbers, ask, (failure) => this.#endpoint.distrust(failure));
    return this.#reading('ready', durationMs, numbers);
  }

  #reading(
    state: 'loading' | 'sleeping' | 'ready',
    latencyMs: number | null,
    numbers: BackendModelReading['numbers'] = null,
  ): BackendReading {
    const isLoading = state === 'loading';
    return {
      condition: isLoading ? 'loading' : 'ok',
      latencyMs,
      queueDepth: numbers?.load?.deferred ?? null,
      models: this.#model ? [{ ...this.#model, vramBytes: null, state, problem: null, numbers }] : null,
      problem: isLoading ? 'The server is loading' : null,
    };
  }

  /** `undefined` while it loads: then its one model is known, and its state too. */
  async #ask(path: string, signal: AbortSignal): Promise<BoundedAnswer | undefined> {
    try {
      return await this.#endpoint.need(path, signal);
    } catch (error) {
      if (!(error instanceof EndpointTrouble) || error.trouble.condition !== 'loading') throw error;
      this.#numbers.forgetProcess();
      return undefined;
    }
  }

  /** A server that was restarted between two checks may have another model. Answers whether it was read just now. */
  async #knowModel(signal: AbortSignal, whole: boolean): Promise<boolean> {
    if (this.#model && !whole && this.#now() - this.#modelReadMs < modelReadEveryMs) return false;
    try {
      this.#model = await this.#readModel(signal);
      this.#modelReadMs = this.#now();
      return true;
    } catch (error) {
      if (!this.#model) throw error;
      if (error instanceof ProbeFailure) this.#endpoint.distrust(error);
      return false;
    }
  }

  async #readModel(signal: AbortSignal): Promise<Pick<BackendModelReading, 'name' | 'sizeBytes'>> {
    const list = await this.#endpoint.need('/v1/models', signal);
    const [row] = recordsOf(recordOf(parseJson(list.text))['data']) ?? [];
    const id = textOf(row?.['id']);
    if (id === null) throw unrecognised();
    return { name: nameWithoutPath(id), sizeBytes: countOf(recordOf(row?.['meta'])['size']) };
  }

  /** `null`: it did not say, so nothing is asked of it that might wake it. */
  async #isSleeping(signal: AbortSignal): Promise<boolean | null> {
    try {
      const answer = await this.#endpoint.connection.get('/props', signal);
      if (answer.status !== 200) return null;
      const { isSleeping, slots } = parseProps(answer.text);
      this.#numbers.knowSlots(slots);
      return isSleeping ?? false;
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#endpoint.distrust(error);
      return null;
    }
  }

  /** Another process, with another model even, may answer next. */
  #forget(): void {
    this.#model = undefined;
    this.#numbers.forgetProcess();
  }
}

const modelReadEveryMs = 30_000;

/** Conditions after which it may not be the same process any more. */
const newProcess: ReadonlySet<BackendReading['condition']> = new Set(['refused', 'reset', 'unrecognised']);
