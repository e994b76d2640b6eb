import { type Clock, isoTime, systemClock } from '../clock.js';
import { CorralError } from '../errors.js';
import type { EventHub, Unsubscribe } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import type { AgentReport } from './agent-report.js';
import { addressText, type Endpoint, type EndpointOrigin, type EndpointStore } from './endpoint.js';
import { EndpointBook } from './endpoint-book.js';
import { EndpointMirrors } from './endpoint-mirrors.js';
import type { FleetModel } from './fleet-summary.js';
import { HostBook, type HostObservation } from './host-book.js';
import type { HostResources } from './host-resources.js';
import { ManagedEndpoints } from './managed-endpoints.js';
import type { BackendConnector } from './ports.js';
import { silencedEndpoint } from './silent-host.js';
import { type RegisterRequest, WatchedEndpoints } from './watched-endpoints.js';

/** The fleet at one moment. */
export interface RegistrySnapshot {
  readonly endpoints: readonly Endpoint[];
  readonly resources: readonly HostResources[];
  readonly fleetModels: readonly FleetModel[];
}

/** What a {@link LlmRegistry} is made of. */
export interface LlmRegistryOptions {
  readonly events: EventHub<HubEvents>;
  /** Judges addresses and recognises what answers; without it nothing can be registered. */
  readonly connector?: BackendConnector;
  /** Keeps what people register. Default: for as long as the process lives. */
  readonly store?: EndpointStore;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Makes a stable id out of a text. Default: the text itself. */
  readonly idOf?: (text: string) => string;
  /** Milliseconds between two checks of an endpoint that works. Default: 1000. */
  readonly checkIntervalMs?: number;
}

/**
 * Any LLM endpoint anywhere, with its health and models, and the hosts that they run on.
 *
 * It asks the endpoints that people registered or that were found; those that the model manager or an agent watches are
 * only shown. Every change is announced on the event hub.
 */
export class LlmRegistry {
  readonly #clock: Clock;
  readonly #idOf: (text: string) => string;
  readonly #book: EndpointBook;
  readonly #watched: WatchedEndpoints;
  readonly #mirrors: EndpointMirrors;
  readonly #hosts: HostBook;
  readonly #managed: ManagedEndpoints;
  readonly #unsubscribe: Unsubscribe;
  #snapshot: RegistrySnapshot | undefined;
  #disposed = false;

  constructor(options: LlmRegistryOptions) {
    const { events, connector, store, clock = systemClock, random = Math.random } = options;
    const { idOf = (text: string) => text, checkIntervalMs = limits.checkIntervalMs } = options;
    this.#clock = clock;
    this.#idOf = idOf;
    this.#hosts = new HostBook({
      clock,
      onReported: (host) => events.emit('host:reported', { host }),
      onSilent: (host) => this.#silence(host, events),
      onRemoved: (hostId) => {
        this.#mirrors.set(agentKey(hostId), []);
        events.emit('host:removed', { hostId });
      },
      onMoved: () => this.#book.rehost(),
    });
    const hostIdOf = ({ origin, hostId, host }: Endpoint): string | null =>
      origin === 'agent' ? hostId : this.#hosts.hostIdOf(host);
    this.#book = new EndpointBook({ events, clock, hostIdOf });
    this.#watched = new WatchedEndpoints({
      ...{ connector, store, clock, random, idOf, checkIntervalMs },
      isTaken: (id) => this.#book.get(id) !== undefined,
      onSeen: (endpoint) => this.#book.put(endpoint),
      onSame: (check) => this.#book.check(check),
      onRemoved: (id) => {
        this.#book.delete(id);
        this.#mirrors.release(id);
      },
    });
    this.#mirrors = new EndpointMirrors({ book: this.#book, giveWay: (id) => this.#watched.giveWay(id) });
    this.#managed = new ManagedEndpoints({
      events,
      idOf,
      onChanged: (endpoints) => this.mirror('managed', endpoints),
    });
    this.#unsubscribe = events.subscribe('attached:changed', ({ endpoints }) =>
      this.mirror('attached', endpoints),
    );
  }

  /** Reads what was kept and begins to watch it. */
  async open(): Promise<void> {
    if (!this.#disposed) await this.#watched.load();
  }

  /** Ends every check; resolves when nothing is left. Idempotent. What is known stays readable. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#unsubscribe();
    this.#managed.dispose();
    this.#hosts.dispose();
    this.#book.dispose();
    await this.#watched.dispose();
  }

  /** Has an endpoint watched. Its first check follows at once. @throws CorralError as {@link WatchedEndpoints.register} */
  async register(request: RegisterRequest): Promise<Endpoint> {
    const endpoint = await this.#watched.register(request);
    return this.get(endpoint.id) ?? endpoint;
  }

  /**
   * Lets go of an endpoint that a person registered or that was found on this machine; it runs on.
   * @throws CorralError `unknown_endpoint`, `store_failed`; `action_not_supported` for one that someone else watches
   */
  async remove(endpointId: string): Promise<void> {
    this.#requireOwn(endpointId, 'removed');
    await this.#watched.remove(endpointId);
  }

  /**
   * Checks an endpoint now, also while it is asked less often, and answers what was found.
   * @throws CorralError `unknown_endpoint`; `action_not_supported` for one that someone else watches
   */
  async check(endpointId: string): Promise<Endpoint> {
    this.#requireOwn(endpointId, 'checked');
    await this.#watched.check(endpointId);
    return this.#require(endpointId);
  }

  /** An endpoint of any origin. */
  get(endpointId: string): Endpoint | undefined {
    return this.#book.get(endpointId);
  }

  /** Every endpoint, in the order in which they came. */
  endpoints(): readonly Endpoint[] {
    return this.#book.list;
  }

  /** Shows endpoints that someone else watches: these and no others of this origin. */
  mirror(origin: EndpointOrigin, endpoints: readonly Endpoint[]): void {
    if (!this.#disposed) this.#mirrors.set(origin, endpoints);
  }

  /** Takes in what this machine measured of itself. */
  observe(host: HostObservation): void {
    if (this.#disposed) return;
    // Its own measurements win over an agent that someone runs beside the hub.
    this.#mirrors.set(agentKey(host.hostId), []);
    this.#hosts.observe(host);
  }

  /**
   * Takes in what an agent says of its machine; whoever calls this has checked that it may, and that it makes sense.
   * @throws CorralError `replayed` with `details.lastSeq`; `limit_reached`; `disposed`; `action_not_supported` for the
   *   machine that is measured here
   */
  report(hostId: string, report: AgentReport): void {
    if (this.#disposed) throw new CorralError('disposed', 'Expected a registry that is not disposed');
    if (report.endpoints.length > limits.hostEndpoints)
      throw new CorralError(
        'limit_reached',
        `Expected at most ${limits.hostEndpoints} endpoints on one host`,
      );
    this.#hosts.report(hostId, report);
    const lastCheckedAt = isoTime(this.#clock);
    const endpoints = report.endpoints.map((endpoint): Endpoint => {
      const id = this.#idOf(`${hostId} ${addressText(endpoint)}`);
      return { ...endpoint, id, source: 'auto', origin: 'agent', lastCheckedAt, hostId };
    });
    this.#mirrors.set(agentKey(hostId), endpoints);
  }

  /** The fleet now: the same object until something of it changes. */
  snapshot(): RegistrySnapshot {
    const { list: endpoints, fleetModels } = this.#book;
    const { list: resources } = this.#hosts;
    if (this.#snapshot?.endpoints !== endpoints || this.#snapshot.resources !== resources)
      this.#snapshot = { endpoints, resources, fleetModels };
    return this.#snapshot;
  }

  #silence(host: HostResources, events: EventHub<HubEvents>): void {
    events.emit('host:reported', { host });
    const own = this.endpoints().filter(({ origin, hostId }) => origin === 'agent' && hostId === host.hostId);
    this.#mirrors.set(agentKey(host.hostId), own.map(silencedEndpoint));
  }

  #require(endpointId: string): Endpoint {
    const endpoint = this.get(endpointId);
    if (!endpoint) throw new CorralError('unknown_endpoint', 'Expected the id of a known endpoint');
    return endpoint;
  }

  #requireOwn(endpointId: string, done: string): void {
    const { origin } = this.#require(endpointId);
    if (this.#watched.has(endpointId)) return;
    throw new CorralError('action_not_supported', `Not ${done}: ${watchers[origin]}`);
  }
}

const watchers: Readonly<Record<EndpointOrigin, string>> = {
  registered: 'it is being removed',
  discovered: 'it is being removed',
  attached: 'it is attached to the models',
  managed: 'it is a server of this hub',
  agent: 'an agent reports it',
};

/** Endpoints of each agent are a list of their own. */
function agentKey(hostId: string): string {
  return `agent ${hostId}`;
}
