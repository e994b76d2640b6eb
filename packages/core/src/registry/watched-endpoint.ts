import { type ChildSignal, childSignal } from '../child-signal.js';
import type { Clock } from '../clock.js';
import { limits } from '../limits.js';
import type { Endpoint, EndpointKind, EndpointModel, EndpointOrigin, StoredEndpoint } from './endpoint.js';
import { EndpointHealth, outcomeOf } from './endpoint-health.js';
import type { Backend, BackendConnector, BackendModelReading, BackendReading } from './ports.js';

/** What a {@link WatchedEndpoint} is made of. */
export interface WatchedEndpointOptions {
  readonly stored: StoredEndpoint;
  readonly origin: Extract<EndpointOrigin, 'registered' | 'discovered'>;
  readonly connector: BackendConnector;
  readonly clock: Clock;
  /** The first check begins after it: the end of an earlier life of this endpoint. */
  readonly after: Promise<unknown> | undefined;
  /**
   * A check is over. Not called once the endpoint is disposed.
   * @param hasChanged whether it changed more than when and how fast the endpoint answered
   */
  readonly onChecked: (endpoint: WatchedEndpoint, hasChanged: boolean) => void;
}

/** How many times less time is given to find out what answers: what is dead shall soon be known to be. */
const hastyTries = 3;

/**
 * An endpoint that the registry asks itself: it is recognised first, then asked for little each time. It does not know
 * when its turn is.
 */
export class WatchedEndpoint {
  readonly #options: WatchedEndpointOptions;
  readonly #health = new EndpointHealth();
  #backend: Backend | undefined;
  #kind: EndpointKind | null;
  #models: readonly EndpointModel[] = [];
  /** What {@link #models} was made of: most checks find the very same list. */
  #readModels: BackendReading['models'] = null;
  #lastCheckedMs: number | null = null;
  #latencyMs: number | null = null;
  #queueDepth: number | null = null;
  #tries = 0;
  #startedMs = 0;
  #checking: Promise<void> | undefined;
  #deadline: ChildSignal | undefined;
  #gone = false;

  constructor(options: WatchedEndpointOptions) {
    this.#options = options;
    this.#kind = options.stored.kind;
  }

  get id(): string {
    return this.#options.stored.id;
  }

  get origin(): WatchedEndpointOptions['origin'] {
    return this.#options.origin;
  }

  /** When its last check began, in the time of the clock. */
  get startedMs(): number {
    return this.#startedMs;
  }

  /** Whether one more good check makes it healthy. */
  get isPromising(): boolean {
    return this.#health.isPromising;
  }

  /** Milliseconds until it should be asked again; `null`: at its turn in the common interval. */
  get pauseMs(): number | null {
    return this.#health.pauseMs;
  }

  /**
   * One check; callers that come while it is under way share it. Never rejects.
   * @param whole read everything anew, also what is kept for a while
   */
  check(whole = false): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return (this.#checking ??= this.#run(whole));
  }

  /** Lets go of it for good, and resolves when nothing of it is under way. What still comes is dropped. */
  async dispose(): Promise<void> {
    this.#gone = true;
    this.#deadline?.abort();
    await Promise.all([this.#options.after, this.#checking]);
    await this.#forget();
  }

  /** When it was checked last, in ms since the Unix epoch. */
  get lastCheckedMs(): number | null {
    return this.#lastCheckedMs;
  }

  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  get queueDepth(): number | null {
    return this.#queueDepth;
  }

  /** Everything known of it now. */
  status(): Endpoint {
    const { stored, origin } = this.#options;
    const { id, name, scheme, host, port, basePath } = stored;
    return {
      ...{ id, name, scheme, host, port, basePath },
      kind: this.#kind,
      source: origin === 'registered' ? 'manual' : 'auto',
      origin,
      status: this.#health.status,
      condition: this.#health.condition,
      models: this.#models,
      lastCheckedAt: this.#lastCheckedMs === null ? null : new Date(this.#lastCheckedMs).toISOString(),
      latencyMs: this.#latencyMs,
      queueDepth: this.#queueDepth,
      hostId: null,
    };
  }

  /** The way that a thousand endpoints go once a second: nothing is made here that one of them does not need. */
  async #run(whole: boolean): Promise<void> {
    const { after, onChecked } = this.#options;
    if (after) await after;
    const hasChanged = this.#gone ? false : await this.#check(whole);
    this.#checking = undefined;
    if (!this.#gone) onChecked(this, hasChanged);
  }

  /** Answers whether anything but the times of the check is different. */
  async #check(whole: boolean): Promise<boolean> {
    const { clock } = this.#options;
    const hasty = this.#backend !== undefined || this.#tries < hastyTries;
    const deadlineMs = hasty ? limits.checkDeadlineMs : limits.connectDeadlineMs;
    this.#startedMs = clock.now();
    const endMs = this.#startedMs + deadlineMs;
    const deadline = childSignal();
    this.#deadline = deadline;
    const timer = clock.setTimeout(() => deadline.abort(), deadlineMs);
    let reading = await this.#ask(deadline.signal, whole);
    const isWorthRetrying = passing.has(reading.condition) && !this.#health.isDown;
    if (isWorthRetrying && !this.#gone && endMs - clock.now() >= limits.retryRoomMs)
      reading = await this.#ask(deadline.signal, whole);
    clock.clearTimeout(timer);
    this.#deadline = undefined;
    // A loop that was blocked, or a machine that slept, says nothing of the endpoint.
    if (clock.now() > endMs + limits.lateMs) return false;
    const hasChanged = this.#take(reading);
    if (hasChanged && this.#isAnother(reading.condition)) await this.#forget();
    return hasChanged;
  }

  async #ask(signal: AbortSignal, whole: boolean): Promise<BackendReading> {
    try {
      const refusal = this.#backend ? undefined : await this.#connect(signal);
      return refusal ?? (await (this.#backend as Backend).check(signal, { whole }));
    } catch {
      // Neither may reject; if one does, a row must not stay as green as it was.
      return nothingRead('server_error', null);
    }
  }

  /** Recognises what answers. What comes back is to be taken for a check: there is nothing to check. */
  async #connect(signal: AbortSignal): Promise<BackendReading | undefined> {
    const { connector, stored } = this.#options;
    this.#tries += 1;
    const target = { ...stored, scrapeMetrics: false, detail: 'status' } as const;
    const { backend, condition, problem } = await connector.connect(target, signal);
    if (!backend) return nothingRead(condition === 'ok' ? 'unrecognised' : condition, problem);
    this.#backend = backend;
    return this.#gone ? nothingRead('local_resource', null) : undefined;
  }

  /** Takes a reading in; answers whether anything but the times of the check changed. */
  #take({ condition, latencyMs, models, queueDepth = null }: BackendReading): boolean {
    if (outcomeOf(condition) === 'void') return false;
    const { status, condition: before } = this.#health;
    this.#health.record(condition);
    this.#lastCheckedMs = this.#options.clock.wallTime();
    this.#latencyMs = latencyMs;
    this.#queueDepth = queueDepth;
    let hasChanged = status !== this.#health.status || before !== condition;
    if (models && models !== this.#readModels) {
      this.#readModels = models;
      this.#models = models.map(modelOf);
      hasChanged = true;
    }
    if (status !== 'unhealthy' && this.#health.status === 'unhealthy') {
      // What it served is known; what of that is still in its memory is not.
      this.#models = this.#models.map(({ name }) => ({
        name,
        state: null,
        sizeBytes: null,
        vramBytes: null,
      }));
      this.#readModels = null;
    }
    const kind = this.#backend?.kind ?? this.#kind;
    if (kind !== this.#kind) hasChanged = true;
    this.#kind = kind;
    // What is to be recognised anew is about to lose its kind and its models.
    return hasChanged || this.#isAnother(condition);
  }

  /** Whether something else answers there now, which is to be recognised anew. */
  #isAnother(condition: BackendReading['condition']): boolean {
    return condition === 'unrecognised' && this.#health.status === 'unhealthy' && this.#backend !== undefined;
  }

  async #forget(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    this.#readModels = null;
    this.#models = [];
    this.#kind = this.#options.stored.kind;
    await backend?.close().catch(() => {});
  }
}

/** What bad luck may have brought about. Everything else would be the same a moment later. */
const passing: ReadonlySet<BackendReading['condition']> = new Set([
  'timeout',
  'refused',
  'reset',
  'server_error',
]);

function nothingRead(condition: BackendReading['condition'], problem: string | null): BackendReading {
  return { condition, latencyMs: null, models: null, problem };
}

/** What the fleet shows of a model: numbers of its server are for cards. */
function modelOf({ name, state, sizeBytes, vramBytes }: BackendModelReading): EndpointModel {
  return { name, state, sizeBytes, vramBytes };
}
