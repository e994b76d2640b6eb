import type { Clock, TimerHandle } from '../clock.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import type { Endpoint, EndpointModel } from './endpoint.js';
import { type FleetModel, fleetSummary } from './fleet-summary.js';

/** What an {@link EndpointBook} is made of. */
export interface EndpointBookOptions {
  readonly events: EventHub<HubEvents>;
  readonly clock: Clock;
  /** The host that an endpoint runs on, where that is known. */
  readonly hostIdOf: (endpoint: Endpoint) => string | null;
}

/** What every check of an endpoint changes. */
export interface LatestCheck {
  readonly id: string;
  /** In ms since the Unix epoch. */
  readonly lastCheckedMs: number | null;
  readonly latencyMs: number | null;
  readonly queueDepth: number | null;
}

/**
 * Every endpoint that is known, from wherever. It announces what becomes different, and nothing else.
 *
 * A thousand endpoints are checked every second, and hardly anyone looks at each of those checks: the latest one is noted
 * beside an endpoint, and put into it when someone looks.
 */
export class EndpointBook {
  readonly #options: EndpointBookOptions;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Checks that are not in their endpoints yet. */
  readonly #noted = new Map<string, LatestCheck>();
  /** Endpoints whose checks are to be announced. */
  readonly #checked = new Set<string>();
  #list: readonly Endpoint[] | undefined;
  #fleetModels: readonly FleetModel[] | undefined;
  #timer: TimerHandle | undefined;
  #flushedMs = Number.NEGATIVE_INFINITY;

  constructor(options: EndpointBookOptions) {
    this.#options = options;
  }

  /** The same list until something of an endpoint changes. */
  get list(): readonly Endpoint[] {
    if (this.#list) return this.#list;
    for (const id of [...this.#noted.keys()]) this.#write(id);
    this.#list = [...this.#endpoints.values()];
    return this.#list;
  }

  /** The same list until an endpoint changes by more than the times of its checks. */
  get fleetModels(): readonly FleetModel[] {
    this.#fleetModels ??= fleetSummary(this.list);
    return this.#fleetModels;
  }

  get(endpointId: string): Endpoint | undefined {
    this.#write(endpointId);
    return this.#endpoints.get(endpointId);
  }

  /** Adds an endpoint, or takes in what is known of it now. */
  put(given: Endpoint): void {
    const hostId = this.#options.hostIdOf(given);
    const endpoint = given.hostId === hostId ? given : { ...given, hostId };
    const known = this.get(endpoint.id);
    if (known && isSame(known, endpoint)) {
      if (isSameCheck(known, endpoint)) return;
      this.#set(endpoint);
      this.#announceLater(endpoint.id);
      return;
    }
    this.#set(endpoint);
    this.#fleetModels = undefined;
    this.#checked.delete(endpoint.id);
    this.#options.events.emit(known ? 'endpoint:updated' : 'endpoint:registered', { endpoint });
  }

  /** An endpoint was checked, and nothing else of it is different. */
  check(latest: LatestCheck): void {
    if (!this.#endpoints.has(latest.id)) return;
    this.#noted.set(latest.id, latest);
    this.#list = undefined;
    this.#announceLater(latest.id);
  }

  delete(endpointId: string): void {
    if (!this.#endpoints.delete(endpointId)) return;
    this.#noted.delete(endpointId);
    this.#checked.delete(endpointId);
    this.#list = undefined;
    this.#fleetModels = undefined;
    this.#options.events.emit('endpoint:removed', { endpointId });
  }

  /** Hosts came, went or have other addresses: decides anew which endpoint is on which. */
  rehost(): void {
    for (const endpoint of this.list) this.put(endpoint);
  }

  /** Announces nothing more of checks; nothing is left. */
  dispose(): void {
    this.#checked.clear();
    this.#options.clock.clearTimeout(this.#timer);
  }

  #set(endpoint: Endpoint): void {
    this.#endpoints.set(endpoint.id, endpoint);
    this.#noted.delete(endpoint.id);
    this.#list = undefined;
  }

  #write(id: string): void {
    const latest = this.#noted.get(id);
    const endpoint = this.#endpoints.get(id);
    if (!latest || !endpoint) return;
    this.#noted.delete(id);
    this.#endpoints.set(id, { ...endpoint, ...factsOf(latest) });
  }

  #announceLater(id: string): void {
    this.#checked.add(id);
    if (this.#timer !== undefined) return;
    const { clock } = this.#options;
    const pauseMs = Math.max(1, this.#endpoints.size / limits.checksPerSecond) * 1000;
    const delayMs = Math.max(0, this.#flushedMs + pauseMs - clock.now());
    this.#timer = clock.setTimeout(() => this.#flush(), delayMs);
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedMs = this.#options.clock.now();
    const checks = Array.from(this.#checked, (endpointId) => {
      const latest = this.#noted.get(endpointId);
      if (latest) return { endpointId, ...factsOf(latest) };
      const { lastCheckedAt, latencyMs, queueDepth } = this.#endpoints.get(endpointId) as Endpoint;
      return { endpointId, lastCheckedAt, latencyMs, queueDepth };
    });
    this.#checked.clear();
    if (checks.length > 0) this.#options.events.emit('endpoints:checked', { checks });
  }
}

function factsOf({ lastCheckedMs, latencyMs, queueDepth }: LatestCheck): Pick<Endpoint, CheckFact> {
  const lastCheckedAt = lastCheckedMs === null ? null : new Date(lastCheckedMs).toISOString();
  return { lastCheckedAt, latencyMs, queueDepth };
}

const checkFacts = ['lastCheckedAt', 'latencyMs', 'queueDepth'] as const;
type CheckFact = (typeof checkFacts)[number];
const plainFacts = [
  ...['status', 'condition', 'kind', 'name', 'hostId', 'source', 'origin'],
  ...['scheme', 'host', 'port', 'basePath'],
] as readonly Exclude<keyof Endpoint, 'models'>[];

function isSameCheck(a: Endpoint, b: Endpoint): boolean {
  return checkFacts.every((fact) => a[fact] === b[fact]);
}

/** Whether they differ at most in when and how fast they were checked. */
function isSame(a: Endpoint, b: Endpoint): boolean {
  if (!plainFacts.every((fact) => a[fact] === b[fact])) return false;
  return a.models === b.models || (a.models.length === b.models.length && a.models.every(isSameIn(b.models)));
}

function isSameIn(others: readonly EndpointModel[]): (model: EndpointModel, index: number) => boolean {
  return (a, i) => {
    const b = others[i] as EndpointModel;
    return (
      a.name === b.name && a.state === b.state && a.sizeBytes === b.sizeBytes && a.vramBytes === b.vramBytes
    );
  };
}
