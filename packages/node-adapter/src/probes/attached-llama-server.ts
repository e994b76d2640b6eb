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
  /** Monotonic time in ms. Default: of this process. */
  readonly now?: () => number;
}

/**
 * A llama-server with one model that someone else runs. It is asked for its health, once for its model, while idle
 * whether it sleeps, and only when it is awake for its numbers. It can neither load nor unload.
 */
export class AttachedLlamaServer implements Backend {
  readonly kind = 'llama-server';
  readonly #endpoint: WatchedEndpoint;
  readonly #scrapes: boolean;
  readonly #numbers = new LlamaNumbers();
  readonly #now: () => number;
  #model: Pick<BackendModelReading, 'name' | 'sizeBytes'> | undefined;
  #modelReadMs = 0;

  constructor(connection: ServerConnection, options: AttachedBackendOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#endpoint = new WatchedEndpoint(connection, this.#now);
    this.#scrapes = options.scrapeMetrics;
  }

  async check(signal: AbortSignal): Promise<BackendReading> {
    const reading = await this.#endpoint.check(() => this.#look(signal));
    if (newProcess.has(reading.condition)) this.#forget();
    return reading;
  }

  close(): Promise<void> {
    return this.#endpoint.connection.close();
  }

  async #look(signal: AbortSignal): Promise<BackendReading> {
    const health = await this.#ask('/health', signal);
    if (!health) return this.#reading('loading', null);
    // Whatever else answers with 200, an HTML page for one, is no llama-server.
    if (recordOf(parseJson(health.text))['status'] !== 'ok') throw unrecognised();
    const { durationMs } = health;
    await this.#knowModel(signal);
    const isSleeping = this.#numbers.isBusy ? false : await this.#isSleeping(signal);
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
      models: this.#model ? [{ ...this.#model, state, problem: null, numbers }] : null,
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

  /** A server that was restarted between two checks may have another model. */
  async #knowModel(signal: AbortSignal): Promise<void> {
    if (this.#model && this.#now() - this.#modelReadMs < modelReadEveryMs) return;
    try {
      this.#model = await this.#readModel(signal);
      this.#modelReadMs = this.#now();
    } catch (error) {
      if (!this.#model) throw error;
      if (error instanceof ProbeFailure) this.#endpoint.distrust(error);
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
