import type { Clock } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import { AttachedEndpoint } from './attached-endpoint.js';
import type { AttachedModel } from './attached-model.js';
import { checkedName } from './checked-name.js';
import { addressText, type Endpoint, type EndpointStore, type StoredEndpoint } from './endpoint.js';
import type { BackendConnector } from './ports.js';

/** What a person says to attach a server. */
export interface AttachRequest {
  /** A URL, `host:port` or `host`. */
  readonly url: string;
  /** Sent to it as `Authorization: Bearer`; no answer ever holds it. */
  readonly apiKey?: string | undefined;
  /** Default: its host and port. */
  readonly name?: string | undefined;
  /** Whether `/metrics` of a llama-server may be read; reading it zeroes two gauges for other readers. Default: true. */
  readonly scrapeMetrics?: boolean | undefined;
}

/** What {@link AttachedEndpoints} are made of. */
export interface AttachedEndpointsOptions {
  readonly connector: BackendConnector | undefined;
  readonly store: EndpointStore | undefined;
  readonly clock: Clock;
  /** Makes a stable id out of a text; the same text gives the same id. */
  readonly idOf: (text: string) => string;
  readonly addModel: (modelId: string, name: string, endpoint: AttachedEndpoint) => AttachedModel;
  /** Whether someone else watches an endpoint of this id already. Default: nobody does. */
  readonly isTaken?: ((endpointId: string) => boolean) | undefined;
  /** The endpoints or their models changed. */
  readonly onChanged: () => void;
}

/** The servers of others that are attached. */
export class AttachedEndpoints {
  readonly #options: AttachedEndpointsOptions;
  readonly #endpoints = new Map<string, AttachedEndpoint>();
  #disposed = false;
  #changed = false;

  constructor(options: AttachedEndpointsOptions) {
    this.#options = options;
  }

  /** All of them as they are now. */
  list(): Endpoint[] {
    return Array.from(this.#endpoints.values(), (endpoint) => endpoint.status());
  }

  /** The models of all of them. */
  models(): AttachedModel[] {
    return [...this.#endpoints.values()].flatMap((endpoint) => endpoint.models);
  }

  model(modelId: string): AttachedModel | undefined {
    for (const endpoint of this.#endpoints.values()) {
      const found = endpoint.models.find((model) => model.modelId === modelId);
      if (found) return found;
    }
    return undefined;
  }

  /** Reads what was kept. */
  async load(): Promise<void> {
    for (const stored of (await this.#options.store?.loadEndpoints()) ?? [])
      if (stored.attached) this.#add(stored);
  }

  /** Looks at one now, also while it is asked less often. @throws CorralError `unknown_endpoint` */
  async checkNow(endpointId: string): Promise<Endpoint> {
    const endpoint = this.#require(endpointId);
    await endpoint.connect();
    if (this.#changed) this.#announce();
    return endpoint.status();
  }

  /** Looks at each of them once. Never rejects. */
  async check(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from(this.#endpoints.values(), (endpoint) => endpoint.check(signal)));
    // Once for all: each announcement carries every endpoint and every model.
    if (this.#changed) this.#announce();
  }

  /**
   * Attaches a server and looks at it once. One that does not answer yet is attached all the same.
   * @throws CorralError `action_not_supported` where nothing can be attached, `duplicate_endpoint`, `limit_reached`,
   *   `store_failed`, and what the connector says of the address
   */
  async attach(request: AttachRequest): Promise<Endpoint> {
    const { connector, store, idOf } = this.#options;
    if (!connector) throw new CorralError('action_not_supported', 'Expected a hub that can attach servers');
    const { apiKey = null, scrapeMetrics = true } = request;
    const address = await connector.judge(request.url, apiKey);
    if (this.#disposed) throw new CorralError('disposed', 'Expected a hub that is not disposed');
    const name = checkedName(request.name ?? `${address.host}:${address.port}`);
    if (this.#endpoints.size >= limits.endpoints)
      throw new CorralError('limit_reached', `Expected at most ${limits.endpoints} attached servers`);
    const id = idOf(addressText(address));
    if (this.#endpoints.has(id) || this.#options.isTaken?.(id)) {
      const fields = { url: 'This server is watched already' };
      throw new CorralError('duplicate_endpoint', fields.url, { details: { endpointId: id, fields } });
    }
    const endpoint = this.#add({ ...address, id, name, kind: null, apiKey, scrapeMetrics, attached: true });
    try {
      await store?.saveEndpoint(endpoint.stored);
    } catch (cause) {
      this.#endpoints.delete(id);
      await endpoint.dispose();
      const message = 'The server could not be kept, so it was not attached';
      throw new CorralError('store_failed', message, { retryable: true, cause });
    }
    await endpoint.connect();
    this.#announce();
    return endpoint.status();
  }

  /** Lets go of an attached server; it runs on. @throws CorralError `unknown_endpoint` */
  async detach(endpointId: string): Promise<void> {
    const endpoint = this.#require(endpointId);
    try {
      await this.#options.store?.removeEndpoint(endpointId);
    } catch (cause) {
      const message = 'The change could not be kept, so the server is still attached';
      throw new CorralError('store_failed', message, { retryable: true, cause });
    }
    this.#endpoints.delete(endpointId);
    this.#announce();
    await endpoint.dispose();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(Array.from(this.#endpoints.values(), (endpoint) => endpoint.dispose()));
  }

  #require(endpointId: string): AttachedEndpoint {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) throw new CorralError('unknown_endpoint', 'Expected the id of an attached server');
    return endpoint;
  }

  #announce(): void {
    this.#changed = false;
    this.#options.onChanged();
  }

  #add(stored: StoredEndpoint): AttachedEndpoint {
    const { connector, clock, idOf, addModel } = this.#options;
    if (!connector) throw new CorralError('action_not_supported', 'Expected a hub that can attach servers');
    const endpoint = new AttachedEndpoint({
      stored,
      connector,
      clock,
      addModel: (name, of) => addModel(idOf(`${addressText(stored)} ${name}`), name, of),
      onChanged: () => (this.#changed = true),
    });
    this.#endpoints.set(stored.id, endpoint);
    return endpoint;
  }
}
