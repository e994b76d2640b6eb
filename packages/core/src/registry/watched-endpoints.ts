import type { Clock } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import { checkedName } from './checked-name.js';
import {
  addressText,
  type Endpoint,
  type EndpointKind,
  type EndpointStore,
  endpointKinds,
  type StoredEndpoint,
} from './endpoint.js';
import type { LatestCheck } from './endpoint-book.js';
import type { BackendConnector } from './ports.js';
import { ProbeSchedule } from './probe-schedule.js';
import { WatchedEndpoint } from './watched-endpoint.js';

/** What a person says to have an endpoint watched. */
export interface RegisterRequest {
  /** A name or an IP address; `host:port` and a URL are understood, too. */
  readonly host: string;
  /** Default: 11434, that of Ollama. */
  readonly port?: number | string | undefined;
  /** Default: host and port. */
  readonly name?: string | undefined;
  /** Default: `http`. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** What stands before every path. Default: nothing. */
  readonly basePath?: string | undefined;
  /** Sent to it as `Authorization: Bearer`; no answer ever holds it. */
  readonly apiKey?: string | undefined;
  /** What answers there. Default: it is recognised. */
  readonly kind?: EndpointKind | undefined;
  /** `auto` for one that was found, not typed: it is not kept over a restart. Default: `manual`. */
  readonly source?: 'auto' | 'manual' | undefined;
}

/** What {@link WatchedEndpoints} are made of. */
export interface WatchedEndpointsOptions {
  readonly connector: BackendConnector | undefined;
  readonly store: EndpointStore | undefined;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Makes a stable id out of a text. */
  readonly idOf: (text: string) => string;
  readonly checkIntervalMs: number;
  /** Whether the registry shows an endpoint of this id already. */
  readonly isTaken: (endpointId: string) => boolean;
  /** An endpoint is watched from now on, or a check found something new. */
  readonly onSeen: (endpoint: Endpoint) => void;
  /** A check found nothing new. */
  readonly onSame: (endpoint: LatestCheck) => void;
  /** An endpoint is not watched any more. */
  readonly onRemoved: (endpointId: string) => void;
}

/** The endpoints that the registry asks itself: which there are, and when each is asked. */
export class WatchedEndpoints {
  readonly #options: WatchedEndpointsOptions;
  readonly #schedule: ProbeSchedule;
  readonly #watched = new Map<string, WatchedEndpoint>();
  /** Ids that are about to be watched. */
  readonly #coming = new Set<string>();
  /** Ends of earlier lives that are still under way. */
  readonly #leaving = new Map<string, Promise<void>>();
  #disposed = false;

  constructor(options: WatchedEndpointsOptions) {
    const { clock, checkIntervalMs: intervalMs } = options;
    this.#options = options;
    this.#schedule = new ProbeSchedule({
      clock,
      intervalMs,
      onTurn: (id) => void this.#watched.get(id)?.check(),
    });
  }

  has(endpointId: string): boolean {
    return this.#watched.has(endpointId) || this.#coming.has(endpointId);
  }

  /** Reads what was kept, and watches it. */
  async load(): Promise<void> {
    const { store, connector } = this.#options;
    if (!connector) return;
    let startMs = this.#options.clock.now();
    for (const stored of (await store?.loadEndpoints()) ?? []) {
      if (stored.attached || this.has(stored.id)) continue;
      this.#watch(connector, stored, 'registered', startMs);
      startMs += limits.firstCheckGapMs;
    }
  }

  /**
   * Has an endpoint watched; resolves before anything of it is known.
   * @throws CorralError `action_not_supported` where nothing can be registered, `duplicate_endpoint`, `limit_reached`,
   *   `invalid_settings`, `store_failed`, `disposed`, and what the connector says of the address and the key
   */
  async register(request: RegisterRequest): Promise<Endpoint> {
    const { connector, store } = this.#options;
    if (!connector) throw new CorralError('action_not_supported', 'Expected a hub that can watch endpoints');
    const stored = await this.#judge(connector, request);
    this.#requireAlive();
    const { id } = stored;
    // What was merely found makes way for what a person registers.
    const isFound = this.#watched.get(id)?.origin === 'discovered' && request.source !== 'auto';
    if ((this.#options.isTaken(id) && !isFound) || this.#coming.has(id)) {
      const fields = { host: 'This endpoint is watched already' };
      throw new CorralError('duplicate_endpoint', fields.host, { details: { endpointId: id, fields } });
    }
    if (this.#watched.size + this.#coming.size >= limits.endpoints)
      throw new CorralError('limit_reached', `Expected at most ${limits.endpoints} endpoints`);
    if (request.source === 'auto') return this.#watch(connector, stored, 'discovered');
    this.#coming.add(id);
    try {
      await store?.saveEndpoint(stored);
    } catch (cause) {
      const message = 'The endpoint could not be kept, so it is not watched';
      throw new CorralError('store_failed', message, { retryable: true, cause });
    } finally {
      this.#coming.delete(id);
    }
    this.giveWay(id);
    return this.#watch(connector, stored, 'registered');
  }

  /** Checks one now, whole, or joins the check that is under way. @throws CorralError `unknown_endpoint` */
  async check(endpointId: string): Promise<void> {
    this.#requireAlive();
    await this.#require(endpointId).check(true);
  }

  /** Lets go of one; it runs on. @throws CorralError `unknown_endpoint`, `store_failed` */
  async remove(endpointId: string): Promise<void> {
    this.#requireAlive();
    const endpoint = this.#require(endpointId);
    try {
      if (endpoint.origin === 'registered') await this.#options.store?.removeEndpoint(endpointId);
    } catch (cause) {
      const message = 'The change could not be kept, so the endpoint is still watched';
      throw new CorralError('store_failed', message, { retryable: true, cause });
    }
    await this.#drop(endpoint);
  }

  /** Leaves an endpoint to someone else, unless a person registered it. Answers whether it is not watched here. */
  giveWay(endpointId: string): boolean {
    const endpoint = this.#watched.get(endpointId);
    if (endpoint?.origin === 'discovered') void this.#drop(endpoint);
    return !this.has(endpointId);
  }

  /** Ends every check; resolves when none is under way. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#schedule.dispose();
    await Promise.all([...this.#watched.values()].map((endpoint) => endpoint.dispose()));
    await Promise.all(this.#leaving.values());
  }

  async #judge(connector: BackendConnector, request: RegisterRequest): Promise<StoredEndpoint> {
    const { host, port, scheme, basePath, name, kind = null, apiKey = null } = request;
    const address = await connector.judgeParts({ host, port, scheme, basePath, apiKey }, limits.registryPort);
    if (apiKey !== null && typeof apiKey !== 'string')
      throw refused('invalid_api_key', 'apiKey', 'Expected text');
    if (kind !== null && !endpointKinds.includes(kind))
      throw refused('invalid_settings', 'kind', 'Expected a kind of server that is known');
    return {
      ...address,
      id: this.#options.idOf(addressText(address)),
      name: checkedName(name ?? `${address.host}:${address.port}`),
      kind,
      apiKey,
      scrapeMetrics: false,
      attached: false,
    };
  }

  /** @param startMs when its first turn may come; default: it is checked at once */
  #watch(
    connector: BackendConnector,
    stored: StoredEndpoint,
    origin: WatchedEndpoint['origin'],
    startMs?: number,
  ): Endpoint {
    const { clock, onSeen, onSame } = this.#options;
    const after = this.#leaving.get(stored.id);
    const onChecked = (checked: WatchedEndpoint, hasChanged: boolean): void => {
      this.#plan(checked);
      if (hasChanged) onSeen(checked.status());
      else onSame(checked);
    };
    const endpoint = new WatchedEndpoint({ stored, origin, connector, clock, after, onChecked });
    const status = endpoint.status();
    // Kept, but the hub is at its end: the next one watches it.
    if (this.#disposed) return status;
    this.#watched.set(stored.id, endpoint);
    onSeen(status);
    if (startMs === undefined) void endpoint.check();
    else this.#schedule.atTurn(stored.id, startMs);
    return status;
  }

  #plan(endpoint: WatchedEndpoint): void {
    const { id, isPromising, pauseMs, startedMs } = endpoint;
    const { checkIntervalMs, random } = this.#options;
    if (isPromising) this.#schedule.after(id, limits.secondCheckMs);
    else if (pauseMs === null) this.#schedule.atTurn(id, startedMs + checkIntervalMs / 2);
    // What fell silent together shall not be asked together for ever.
    else this.#schedule.after(id, Math.max(pauseMs, checkIntervalMs) * (1 + 0.1 * random()));
  }

  async #drop(endpoint: WatchedEndpoint): Promise<void> {
    const { id } = endpoint;
    if (this.#watched.get(id) !== endpoint) return;
    this.#watched.delete(id);
    this.#schedule.delete(id);
    const left = endpoint.dispose().finally(() => {
      if (this.#leaving.get(id) === left) this.#leaving.delete(id);
    });
    this.#leaving.set(id, left);
    this.#options.onRemoved(id);
    await left;
  }

  #require(endpointId: string): WatchedEndpoint {
    const endpoint = this.#watched.get(endpointId);
    if (!endpoint)
      throw new CorralError('unknown_endpoint', 'Expected the id of an endpoint that is watched');
    return endpoint;
  }

  #requireAlive(): void {
    if (this.#disposed) throw new CorralError('disposed', 'Expected a registry that is not disposed');
  }
}

function refused(code: 'invalid_api_key' | 'invalid_settings', field: string, message: string): CorralError {
  return new CorralError(code, message, { details: { fields: { [field]: message } } });
}
