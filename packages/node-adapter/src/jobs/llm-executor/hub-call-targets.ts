import {
  addressText,
  type Clock,
  type Endpoint,
  type EndpointKind,
  type EndpointStore,
  type EventHub,
  type HubEvents,
  type LlmRegistry,
  type ModelManager,
  systemClock,
  type Unsubscribe,
} from '@corral/core';
import type { ConnectClient } from '../../probes/server-connection.js';
import type { CallTarget, CallTargets } from './call-target.js';
import { ServerPropsBook } from './server-props.js';

/** What the servers of a hub are found by. */
export interface HubCallTargetsOptions {
  readonly registry: Pick<LlmRegistry, 'endpoints' | 'snapshot'>;
  readonly models: Pick<ModelManager, 'list' | 'access'>;
  readonly events: EventHub<HubEvents>;
  /** Holds the keys of endpoints that people registered or attached. Without it they are called without. */
  readonly endpointStore?: Pick<EndpointStore, 'loadEndpoints'>;
  /** Makes the client for an origin. */
  readonly connect: ConnectClient;
  /** Hears when keys cannot be read. Default: nobody does. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/** Places where a server does not tell: one, but for those that are made for many. */
const usualSlots: Readonly<Partial<Record<EndpointKind, number>>> = { vllm: 8, sglang: 8 };

/**
 * The servers that a hub watches, as far as they can be called now: healthy ones with their models, each with the key that
 * it wants. Keys stay in the process.
 */
export class HubCallTargets implements CallTargets {
  readonly #options: HubCallTargetsOptions;
  readonly #props: ServerPropsBook;
  /** Keys of endpoints that people named, as far as they were read. */
  readonly #keys = new Map<string, string | null>();
  readonly #listeners = new Set<() => void>();
  readonly #subscriptions: readonly Unsubscribe[];
  #loading: Promise<void> | undefined;

  constructor(options: HubCallTargetsOptions) {
    const { connect, events, clock = systemClock } = options;
    this.#options = options;
    this.#props = new ServerPropsBook(connect, clock, () => this.#changed());
    const take = ({ endpoint }: { readonly endpoint: Endpoint }): void => {
      if (endpoint.status !== 'healthy') this.#props.forget(endpoint.id);
      if (this.#wantsKey(endpoint)) void this.load();
      this.#changed();
    };
    this.#subscriptions = [
      events.subscribe('endpoint:registered', take),
      events.subscribe('endpoint:updated', take),
      events.subscribe('endpoint:removed', ({ endpointId }) => {
        this.#keys.delete(endpointId);
        this.#props.forget(endpointId);
        this.#changed();
      }),
    ];
  }

  /** Reads the keys; endpoints that want one are no targets before. It is read again when such an endpoint comes. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  list(): readonly CallTarget[] {
    const endpoints = this.#options.registry.endpoints();
    const ports = endpoints.some(({ origin }) => origin === 'managed')
      ? this.#modelsByPort()
      : new Map<number, string>();
    return endpoints.flatMap((endpoint) => this.#targetOf(endpoint, ports) ?? []);
  }

  onChanged(listener: () => void): Unsubscribe {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Watts that the graphics cards of a target's host take now; `null` where the host does not tell. */
  powerOf({ id }: Pick<CallTarget, 'id'>): number | null {
    const { endpoints, resources } = this.#options.registry.snapshot();
    const hostId = endpoints.find((endpoint) => endpoint.id === id)?.hostId ?? null;
    const host = hostId === null ? undefined : resources.find((each) => each.hostId === hostId);
    const watts = (host?.gpus ?? []).map(({ powerW }) => powerW).filter((each) => each !== null);
    return watts.length === 0 ? null : watts.reduce((sum, each) => sum + each, 0);
  }

  /** Hears no more of the hub, and ends what it asked. */
  dispose(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#listeners.clear();
    this.#props.dispose();
  }

  #targetOf(endpoint: Endpoint, ports: ReadonlyMap<number, string>): CallTarget | undefined {
    const { id, name, kind, models, queueDepth, status } = endpoint;
    if (status !== 'healthy' || models.length === 0) return undefined;
    const apiKey = this.#keyOf(endpoint, ports);
    if (apiKey === undefined) return undefined;
    const baseUrl = addressText(endpoint);
    const isOwn = endpoint.origin === 'managed';
    const props = kind === 'llama-server' ? this.#props.of({ id, baseUrl, apiKey, isOwn }) : undefined;
    return {
      ...{ id, name, baseUrl, apiKey, isOwn, queueDepth },
      provider: kind ?? 'unknown',
      models: models.map((model) => ({ name: model.name, state: model.state })),
      slots: props?.slots ?? (kind === null ? 1 : (usualSlots[kind] ?? 1)),
      contextTokens: props?.contextTokens ?? null,
    };
  }

  /** `undefined`: it wants one that is not known. */
  #keyOf(endpoint: Endpoint, ports: ReadonlyMap<number, string>): string | null | undefined {
    if (endpoint.origin === 'managed') return this.#managedKey(ports.get(endpoint.port));
    return isNamedByPerson(endpoint) && this.#options.endpointStore ? this.#keys.get(endpoint.id) : null;
  }

  /** A server of our own is found by its port, which no two of them share. */
  #modelsByPort(): ReadonlyMap<number, string> {
    const owned = this.#options.models.list().filter(({ control }) => control === 'owned');
    return new Map(owned.flatMap(({ port, modelId }) => (port === null ? [] : [[port, modelId] as const])));
  }

  #managedKey(modelId: string | undefined): string | null | undefined {
    try {
      return modelId === undefined ? undefined : this.#options.models.access(modelId).apiKey;
    } catch {
      // It ended between the two questions.
      return undefined;
    }
  }

  #wantsKey(endpoint: Endpoint): boolean {
    return isNamedByPerson(endpoint) && !this.#keys.has(endpoint.id);
  }

  async #load(): Promise<void> {
    try {
      const stored = (await this.#options.endpointStore?.loadEndpoints()) ?? [];
      for (const { id, apiKey } of stored) this.#keys.set(id, apiKey);
    } catch (error) {
      this.#options.onError?.(error);
    }
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Whether it may have a key: what was found and what agents report has none that we know. */
function isNamedByPerson({ origin }: Endpoint): boolean {
  return origin === 'registered' || origin === 'attached';
}
