import {
  type AccessScope,
  type AttachRequest,
  type BulkProgress,
  type Clock,
  childSignal,
  type Endpoint,
  EventHub,
  type HubActivity,
  type HubConnection,
  type HubEvents,
  type HubFace,
  type JobsFace,
  type MetricsSnapshot,
  type MetricsWindow,
  type ModelAccess,
  type ModelDefaults,
  type ModelDetails,
  type ModelPatch,
  type ModelSeriesView,
  type ModelStatus,
  type ModelTelemetryEntry,
  type RegisterRequest,
  type RegistrySnapshot,
  type RejectedFile,
  type SettingsPatch,
  systemClock,
  type Unsubscribe,
} from '@corral/core';
import { ClientError } from './client-error.js';
import { HubCalls } from './hub-calls.js';
import { HubMirror } from './hub-mirror.js';
import { HubRequests } from './hub-requests.js';
import { watchVisibility } from './page-visibility.js';
import { pollTransport } from './poll-transport.js';
import { RemoteJobs } from './remote-jobs.js';
import { canShare, sharedTransport } from './shared-transport.js';
import { StreamUnusable } from './sse-messages.js';
import { sseTransport } from './sse-transport.js';
import type { TransportContext } from './transport.js';

/** How to connect. */
export interface ConnectOptions {
  /** Sent as `Authorization: Bearer`. Default: none. */
  readonly token?: string;
  /** `sse` listens and falls back to `poll` where streams do not come through. Default: `sse`. */
  readonly transport?: 'sse' | 'poll';
  /** Whether pages of one origin share one stream, where the browser can. Default: true. */
  readonly share?: boolean;
  /** Hears what listeners throw. Default: nothing. */
  readonly onListenerError?: (error: unknown, eventName: string) => void;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/**
 * Connects to a hub and keeps its state here. Returns at once; reads are empty until the first snapshot.
 * @param url where the hub is, with its path when it is mounted under one; in a page it may be relative
 * @throws ClientError `protocol` when `url` is not an absolute http or https address, or the token cannot be sent
 * @example
 * const hub = connect('http://127.0.0.1:7676');
 * hub.subscribe('model:state-changed', ({ model }) => console.log(model.filename, model.state));
 */
export function connect(url: string, options: ConnectOptions = {}): RemoteHub {
  return new RemoteHub(baseUrlOf(url), options);
}

/** A hub over the network, with the same face as one in process. Made by {@link connect}. */
export class RemoteHub implements HubFace {
  readonly jobs: JobsFace;
  readonly #events: EventHub<HubEvents>;
  readonly #mirror: HubMirror;
  readonly #requests: HubRequests;
  readonly #calls: HubCalls;
  readonly #options: ConnectOptions;
  readonly #clock: Clock;
  readonly #shareName: string;
  readonly #closed = childSignal();
  readonly #unwatch: () => void;
  #pause: (() => void) | undefined;
  #connection: HubConnection = 'connecting';
  #error: ClientError | undefined;

  /** Use {@link connect}. @param baseUrl absolute, without a slash at its end */
  constructor(baseUrl: string, options: ConnectOptions) {
    const { token, clock = systemClock } = options;
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new ClientError('protocol', 'Expected `token` to be printable ASCII without spaces');
    }
    // Called as a plain function: browsers refuse a `fetch` with another `this`.
    const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#options = options;
    this.#clock = clock;
    this.#events = new EventHub(options.onListenerError);
    this.#mirror = new HubMirror(this.#events);
    this.#requests = new HubRequests({ baseUrl, token, fetch: send, clock });
    this.#calls = new HubCalls(this.#requests, this.#closed.signal);
    this.jobs = new RemoteJobs({
      calls: this.#calls,
      requests: this.#requests,
      recent: () => this.#mirror.recentJobs(),
      closed: this.#closed.signal,
      clock,
      random: options.random ?? Math.random,
    });
    this.#shareName = `corral ${baseUrl} ${fingerprint(token ?? '')}`;
    this.#unwatch = watchVisibility(clock, (visible) => (visible ? this.#resume() : this.#pause?.()));
    this.#resume();
  }

  get connection(): HubConnection {
    return this.#connection;
  }

  /** Why the connection is `closed`, when the hub refused us for good. */
  get error(): ClientError | undefined {
    return this.#error;
  }

  models(): readonly ModelStatus[] {
    return this.#mirror.models();
  }

  model(modelId: string): ModelStatus | undefined {
    return this.#mirror.model(modelId);
  }

  rejected(): readonly RejectedFile[] {
    return this.#mirror.rejected;
  }

  defaults(): ModelDefaults | undefined {
    return this.#mirror.defaults;
  }

  registry(): RegistrySnapshot {
    return this.#mirror.registry();
  }

  backends(): readonly MetricsSnapshot[] {
    return this.#mirror.backends;
  }

  telemetry(): readonly ModelTelemetryEntry[] {
    return this.#mirror.telemetry();
  }

  get scope(): AccessScope | undefined {
    return this.#requests.scope;
  }

  activity(): HubActivity {
    return this.#mirror.activity;
  }

  series(modelId: string): ModelSeriesView | undefined {
    return this.#mirror.series(modelId);
  }

  subscribe<Name extends keyof HubEvents>(
    name: Name,
    listener: (payload: HubEvents[Name]) => void,
  ): Unsubscribe {
    return this.#events.subscribe(name, listener);
  }

  /** @throws ClientError with the code of the hub, or `network`, `timeout`, `closed` */
  async startModel(modelId: string): Promise<void> {
    await this.#calls.send('POST', `${servers}/start/${encodeURIComponent(modelId)}`);
  }

  /** @throws ClientError as {@link startModel} */
  async stopModel(modelId: string): Promise<void> {
    await this.#calls.send('POST', `${servers}/stop/${encodeURIComponent(modelId)}`);
  }

  /** @throws ClientError as {@link startModel} */
  async restartModel(modelId: string): Promise<void> {
    await this.#calls.send('POST', `${servers}/restart/${encodeURIComponent(modelId)}`);
  }

  /** @throws ClientError as {@link startModel} */
  startAllModels(): Promise<BulkProgress> {
    return this.#calls.send('POST', `${servers}/start-all`, {}, 'progress');
  }

  /** @throws ClientError as {@link startModel} */
  stopAllModels(): Promise<BulkProgress> {
    return this.#calls.send('POST', `${servers}/stop-all`, {}, 'progress');
  }

  /** @throws ClientError as {@link startModel} */
  async rescanModels(): Promise<void> {
    await this.#calls.send('POST', '/api/models/rescan');
  }

  /** @throws ClientError as {@link startModel}; `details.fields` says what is wrong with which field */
  updateModel(modelId: string, patch: ModelPatch): Promise<ModelStatus> {
    return this.#calls.send('PATCH', `/api/models/${encodeURIComponent(modelId)}`, { body: patch }, 'model');
  }

  /** @throws ClientError as {@link updateModel} */
  updateDefaults(settings: SettingsPatch): Promise<ModelDefaults> {
    return this.#calls.send('PATCH', '/api/models/defaults', { body: { settings } }, 'defaults');
  }

  /** @throws ClientError as {@link updateModel} */
  attachEndpoint(request: AttachRequest): Promise<Endpoint> {
    return this.#calls.send('POST', '/api/models/attach', { body: request }, 'endpoint');
  }

  /** @throws ClientError as {@link updateModel} */
  registerEndpoint(request: RegisterRequest): Promise<Endpoint> {
    return this.#calls.send('POST', endpoints, { body: request }, 'endpoint');
  }

  /** @throws ClientError as {@link startModel} */
  async removeEndpoint(endpointId: string): Promise<void> {
    await this.#calls.send('DELETE', `${endpoints}/${encodeURIComponent(endpointId)}`);
  }

  /** @throws ClientError as {@link startModel} */
  checkEndpoint(endpointId: string): Promise<Endpoint> {
    return this.#calls.send('POST', `${endpoints}/${encodeURIComponent(endpointId)}/check`, {}, 'endpoint');
  }

  /** @throws ClientError as {@link startModel} */
  metricsWindow(windowS: number): Promise<readonly MetricsWindow[]> {
    return this.#calls.send('GET', `/api/metrics?windowS=${windowS}`, {}, 'windows');
  }

  /** @throws ClientError as {@link startModel} */
  modelDetails(modelId: string): Promise<ModelDetails> {
    return this.#calls.send('GET', `/api/models/${encodeURIComponent(modelId)}/details`);
  }

  /** @throws ClientError as {@link startModel} */
  modelAccess(modelId: string): Promise<ModelAccess> {
    return this.#calls.send('GET', `/api/models/${encodeURIComponent(modelId)}/access`);
  }

  /** Lets go of the hub for good. Reads keep their last answers. */
  close(): void {
    this.#unwatch();
    this.#closed.abort();
    this.#enter('closed');
    this.#events.dispose();
  }

  #resume(): void {
    if (this.#closed.signal.aborted || this.#error) return;
    const turn = childSignal(this.#closed.signal);
    this.#pause = () => {
      turn.abort();
      this.#enter('reconnecting');
    };
    this.#transfer(turn.signal)
      .catch((error: unknown) => this.#refused(error))
      .finally(() => {
        turn.abort();
        turn.dispose();
      });
  }

  async #transfer(signal: AbortSignal): Promise<void> {
    const { random = Math.random, transport = 'sse', share = true } = this.#options;
    const context: TransportContext = {
      requests: this.#requests,
      mirror: this.#mirror,
      clock: this.#clock,
      random,
      onState: (state) => {
        if (!signal.aborted && !(state === 'reconnecting' && this.#connection === 'connecting'))
          this.#enter(state);
      },
    };
    if (transport === 'poll') return pollTransport(context, signal);
    try {
      if (share && canShare()) await sharedTransport(context, signal, this.#shareName);
      else await sseTransport(context, signal);
    } catch (error) {
      if (!(error instanceof StreamUnusable)) throw error;
      await pollTransport(context, signal);
    }
  }

  #refused(error: unknown): void {
    this.#error =
      error instanceof ClientError
        ? error
        : new ClientError('protocol', 'The connection broke', { cause: error });
    this.#pause = undefined;
    this.#enter('closed');
  }

  #enter(connection: HubConnection): void {
    const previous = this.#connection;
    if (previous === connection) return;
    this.#connection = connection;
    this.#events.emit('connection:changed', { connection, previous });
  }
}

const servers = '/api/models/servers';
const endpoints = '/api/registry/endpoints';

function baseUrlOf(url: string): string {
  const base = typeof document === 'object' ? document.baseURI : undefined;
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw new ClientError(
      'protocol',
      'Expected `url` to be an absolute http or https address without credentials',
    );
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

/** Pages with different tokens see different things and must not share; the token itself is no name for a channel. */
function fingerprint(token: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
