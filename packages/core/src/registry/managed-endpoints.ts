import type { EventHub, Unsubscribe } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { ModelStatus } from '../models/model.js';
import { isRunning, type ModelState } from '../models/model-state.js';
import { addressText, type Endpoint, type EndpointModelState } from './endpoint.js';

/** What {@link ManagedEndpoints} are made of. */
export interface ManagedEndpointsOptions {
  readonly events: EventHub<HubEvents>;
  /** Makes a stable id out of a text. */
  readonly idOf: (text: string) => string;
  /** Hears the whole list whenever something of it changed. */
  readonly onChanged: (endpoints: readonly Endpoint[]) => void;
}

interface StateFacts extends Pick<Endpoint, 'status' | 'condition'> {
  readonly state: EndpointModelState | null;
}

const waking: StateFacts = { status: 'unknown', condition: 'loading', state: 'loading' };

/** What the fleet says of a server of our own; a state that is missing has no process. */
const factsOf: Readonly<Partial<Record<ModelState, StateFacts>>> = {
  starting: waking,
  loading: waking,
  ready: { status: 'healthy', condition: 'ok', state: 'ready' },
  sleeping: { status: 'healthy', condition: 'ok', state: 'sleeping' },
  unhealthy: { status: 'unhealthy', condition: 'timeout', state: null },
  stopping: { status: 'unknown', condition: null, state: 'stopping' },
};

/** Our own servers as endpoints of the fleet: what the manager announces is enough, so nothing is asked twice. */
export class ManagedEndpoints {
  readonly #options: ManagedEndpointsOptions;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #subscriptions: readonly Unsubscribe[];

  constructor(options: ManagedEndpointsOptions) {
    const { events, onChanged } = options;
    this.#options = options;
    const take = ({ model }: { readonly model: ModelStatus }): void => {
      if (this.#take(model)) onChanged([...this.#endpoints.values()]);
    };
    this.#subscriptions = [
      events.subscribe('models:scanned', ({ models }) => {
        this.#endpoints.clear();
        for (const model of models) this.#take(model);
        onChanged([...this.#endpoints.values()]);
      }),
      events.subscribe('model:state-changed', take),
      events.subscribe('model:updated', take),
      events.subscribe('models:sampled', (tick) => {
        if (this.#time(tick)) onChanged([...this.#endpoints.values()]);
      }),
    ];
  }

  dispose(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  #take(model: ModelStatus): boolean {
    const endpoint = this.#endpointOf(model);
    if (!endpoint) return this.#endpoints.delete(model.modelId);
    this.#endpoints.set(model.modelId, endpoint);
    return true;
  }

  /** Every tick checks every server, and is announced also when only the time of the check is new. */
  #time({ at, samples }: HubEvents['models:sampled']): boolean {
    const latencies = new Map(samples.map(({ modelId, latencyMs }) => [modelId, latencyMs]));
    for (const [modelId, endpoint] of this.#endpoints) {
      if (endpoint.status !== 'healthy') continue;
      const { latencyMs = endpoint.latencyMs } = { latencyMs: latencies.get(modelId) };
      this.#endpoints.set(modelId, { ...endpoint, lastCheckedAt: at, latencyMs });
    }
    return this.#endpoints.size > 0;
  }

  #endpointOf(model: ModelStatus): Endpoint | undefined {
    const { state: modelState, port, control, filename, sizeBytes, latencyMs, lastCheckedAt, load } = model;
    const facts = factsOf[modelState];
    if (control !== 'owned' || port === null || !isRunning(modelState) || !facts) return undefined;
    const { status, condition, state } = facts;
    const address = { scheme: 'http', host: '127.0.0.1', port, basePath: '' } as const;
    return {
      ...address,
      id: this.#options.idOf(addressText(address)),
      name: filename,
      kind: 'llama-server',
      source: 'auto',
      origin: 'managed',
      status,
      condition,
      models: [{ name: filename.replace(/\.gguf$/i, ''), state, sizeBytes, vramBytes: null }],
      lastCheckedAt,
      latencyMs,
      queueDepth: load?.deferred ?? null,
      hostId: null,
    };
  }
}
