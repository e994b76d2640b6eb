import { childSignal } from '../child-signal.js';
import { type Clock, isoTime } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import { CheckHistory } from '../models/check-history.js';
import type { ModelControl } from '../models/model.js';
import type { AttachedModel, AttachedModelHost } from './attached-model.js';
import {
  addressText,
  type Endpoint,
  type EndpointCondition,
  type EndpointKind,
  type StoredEndpoint,
} from './endpoint.js';
import { type Backend, type BackendConnector, BackendFailure, type BackendReading } from './ports.js';

/** What an {@link AttachedEndpoint} is made of. */
export interface AttachedEndpointOptions {
  readonly stored: StoredEndpoint;
  readonly connector: BackendConnector;
  readonly clock: Clock;
  /** Makes the model of a name that the backend lists for the first time. */
  readonly addModel: (name: string, endpoint: AttachedEndpoint) => AttachedModel;
  /** Something about the endpoint is different: its condition, its kind, or the list of its models. */
  readonly onChanged: (endpoint: AttachedEndpoint) => void;
}

/** The kinds whose models can have cards, with what can be done to those. */
const controls: Readonly<Partial<Record<EndpointKind, ModelControl>>> = {
  'llama-server': 'none',
  'llama-router': 'router',
  'llama-swap': 'swap',
};

/**
 * A server that someone else runs, with the models it serves. It is recognised first, then looked at once a tick; while
 * it does not answer, less and less often.
 */
export class AttachedEndpoint implements AttachedModelHost {
  readonly #options: AttachedEndpointOptions;
  readonly #models = new Map<string, AttachedModel>();
  readonly #history = new CheckHistory();
  #stored: StoredEndpoint;
  #backend: Backend | undefined;
  #condition: EndpointCondition | null = null;
  #answered: boolean | null = null;
  #lastCheckedAt: string | null = null;
  #latencyMs: number | null = null;
  #queueDepth: number | null = null;
  #problem: string | null = null;
  #checking: Promise<void> | undefined;
  #retryDelayMs: number = limits.endpointRetryMs.first;
  #notBeforeMs = 0;
  #gone = false;
  #up = true;

  constructor(options: AttachedEndpointOptions) {
    this.#options = options;
    this.#stored = options.stored;
  }

  get endpointId(): string {
    return this.#stored.id;
  }

  get port(): number {
    return this.#stored.port;
  }

  get baseUrl(): string {
    return addressText(this.#stored);
  }

  /** The actions that the backend really has. */
  get control(): ModelControl {
    return (this.#stored.kind && controls[this.#stored.kind]) ?? 'none';
  }

  /** What is known of it beyond its answers: the kind that was recognised belongs to it. */
  get stored(): StoredEndpoint {
    return this.#stored;
  }

  /** The models that it serves, loaded or not. */
  get models(): readonly AttachedModel[] {
    return [...this.#models.values()];
  }

  /** One look; callers that come while it is under way share it. Never rejects. */
  check(signal: AbortSignal): Promise<void> {
    if (this.#gone || this.#options.clock.now() < this.#notBeforeMs) return Promise.resolve();
    this.#checking ??= this.#look(signal).finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  /** Resolves when the look that is under way is over. */
  async looked(): Promise<void> {
    await this.#checking;
  }

  /** Recognises what answers now, without waiting for the next tick. */
  async connect(): Promise<void> {
    this.#notBeforeMs = 0;
    const { clock } = this.#options;
    const deadline = childSignal();
    const timer = clock.setTimeout(() => deadline.abort(), limits.connectDeadlineMs);
    await this.check(deadline.signal);
    if (this.#backend) await this.check(deadline.signal);
    clock.clearTimeout(timer);
  }

  load(name: string): Promise<void> {
    return this.#command('load', name);
  }

  unload(name: string): Promise<void> {
    return this.#command('unload', name);
  }

  /** Lets go of it for good; what still comes is dropped. */
  async dispose(): Promise<void> {
    this.#gone = true;
    await this.#checking;
    await this.#backend?.close();
  }

  /** Everything known of it now. */
  status(): Endpoint {
    const { id, name, scheme, host, port, basePath, kind } = this.#stored;
    return {
      ...{ id, name, scheme, host, port, basePath, kind },
      source: 'manual',
      origin: 'attached',
      status: this.#answered === null ? 'unknown' : !this.#up || !this.#backend ? 'unhealthy' : 'healthy',
      condition: this.#condition,
      models: this.models.map((model) => model.reading),
      lastCheckedAt: this.#lastCheckedAt,
      latencyMs: this.#latencyMs,
      queueDepth: this.#queueDepth,
      hostId: null,
    };
  }

  async #look(signal: AbortSignal): Promise<void> {
    const before = JSON.stringify(this.#summary());
    if (this.#backend) await this.#take(await this.#backend.check(signal));
    else await this.#recognise(signal);
    if (!this.#gone && JSON.stringify(this.#summary()) !== before) this.#options.onChanged(this);
  }

  async #recognise(signal: AbortSignal): Promise<void> {
    const { connector } = this.#options;
    const { backend, condition, problem } = await connector.connect(this.#stored, signal);
    if (this.#gone) return backend?.close();
    // A fault of our own says nothing of the endpoint.
    if (condition === 'local_resource') return;
    if (backend && !controls[backend.kind]) {
      await backend.close();
      this.#record(
        'unrecognised',
        false,
        'Servers of this kind have no cards; register it in the fleet',
        null,
      );
      return;
    }
    this.#backend = backend;
    if (backend) this.#stored = { ...this.#stored, kind: backend.kind };
    this.#record(condition, backend !== undefined, problem, null);
  }

  async #take(reading: BackendReading): Promise<void> {
    if (this.#gone) return;
    const { condition, problem, latencyMs, models } = reading;
    const answered = condition === 'ok' || condition === 'loading';
    // A fault of our own says nothing of the endpoint.
    if (condition === 'local_resource') return;
    this.#record(condition, answered, problem, latencyMs);
    this.#queueDepth = reading.queueDepth ?? null;
    if (condition === 'unrecognised' && !this.#up) return this.#forget();
    const names = models && new Map(models.map((model) => [model.name, model]));
    for (const name of names?.keys() ?? [])
      if (!this.#models.has(name)) this.#models.set(name, this.#options.addModel(name, this));
    const { misses } = this.#history;
    for (const [name, model] of this.#models) {
      if (names && !names.has(name)) this.#models.delete(name);
      else {
        model.see({ reading: names?.get(name), up: this.#up, misses, latencyMs, problem });
      }
    }
  }

  /** Something else answers there now: it is to be recognised anew. */
  async #forget(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    this.#models.clear();
    await backend?.close();
  }

  #record(
    condition: EndpointCondition,
    answered: boolean,
    problem: string | null,
    latencyMs: number | null,
  ): void {
    const { clock } = this.#options;
    this.#condition = condition;
    this.#problem = problem;
    this.#answered = answered;
    this.#latencyMs = latencyMs;
    this.#lastCheckedAt = isoTime(clock);
    this.#up = this.#history.record(answered);
    const { first, last } = limits.endpointRetryMs;
    const down = !this.#backend || this.#history.misses >= limits.missesUntilUnhealthy;
    this.#notBeforeMs = answered || !down ? 0 : clock.now() + this.#retryDelayMs;
    this.#retryDelayMs = answered || !down ? first : Math.min(last, this.#retryDelayMs * 2);
  }

  async #command(action: 'load' | 'unload', name: string): Promise<void> {
    const send = this.#backend?.[action]?.bind(this.#backend);
    if (!send) {
      throw new CorralError('action_not_supported', `Expected a server that can ${action} models`, {
        retryable: !this.#backend,
      });
    }
    const { clock } = this.#options;
    const deadline = childSignal();
    const timer = clock.setTimeout(() => deadline.abort(), limits.connectDeadlineMs);
    try {
      await send(name, deadline.signal);
    } catch (error) {
      const message = error instanceof BackendFailure ? error.message : 'The server did not take the command';
      throw new CorralError('endpoint_unreachable', message, { retryable: true, cause: error });
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #summary(): unknown {
    return {
      ...this.status(),
      lastCheckedAt: null,
      latencyMs: null,
      queueDepth: null,
      problem: this.#problem,
    };
  }
}
