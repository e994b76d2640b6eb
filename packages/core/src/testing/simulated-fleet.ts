import { CorralError } from '../errors.js';
import type { EventHub } from '../event-hub.js';
import type { EndpointCheck, HubEvents } from '../events.js';
import type { MetricsSnapshot, MetricsWindow } from '../metrics/metrics-snapshot.js';
import type { Endpoint } from '../registry/endpoint.js';
import { fleetSummary } from '../registry/fleet-summary.js';
import type { HostResources } from '../registry/host-resources.js';
import type { RegistrySnapshot } from '../registry/llm-registry.js';

/** The endpoints, hosts and readings of a simulated hub: whatever is set is announced as a real hub would. */
export class SimulatedFleet {
  readonly #events: EventHub<HubEvents>;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #hosts = new Map<string, HostResources>();
  #snapshot: RegistrySnapshot | undefined;
  #backends: readonly MetricsSnapshot[] = [];
  #windows: readonly MetricsWindow[] = [];

  constructor(events: EventHub<HubEvents>) {
    this.#events = events;
  }

  get backends(): readonly MetricsSnapshot[] {
    return this.#backends;
  }

  snapshot(): RegistrySnapshot {
    const endpoints = [...this.#endpoints.values()];
    this.#snapshot ??= {
      endpoints,
      resources: [...this.#hosts.values()],
      fleetModels: fleetSummary(endpoints),
    };
    return this.#snapshot;
  }

  /** The last `windowS` seconds of what {@link setWindows} was given. */
  window(windowS: number): readonly MetricsWindow[] {
    const newest = Math.max(0, ...this.#windows.map(({ atMs }) => atMs.at(-1) ?? 0));
    return this.#windows.map(({ backendId, name, atMs, values }) => {
      const from = atMs.findIndex((at) => at >= newest - windowS * 1000);
      const cut = Object.entries(values).map(([field, list]) => [field, list.slice(from)] as const);
      return { backendId, name, atMs: atMs.slice(from), values: Object.fromEntries(cut) };
    });
  }

  /** Adds an endpoint. */
  add(endpoint: Endpoint): Endpoint {
    this.#endpoints.set(endpoint.id, endpoint);
    this.#snapshot = undefined;
    this.#events.emit('endpoint:registered', { endpoint });
    return endpoint;
  }

  /** Changes facts of an endpoint. */
  update(endpointId: string, facts: Partial<Endpoint>): void {
    const endpoint = { ...this.require(endpointId), ...facts };
    this.#endpoints.set(endpointId, endpoint);
    this.#snapshot = undefined;
    this.#events.emit('endpoint:updated', { endpoint });
  }

  /** Says that endpoints were checked, and nothing else of them changed. */
  checked(checks: readonly EndpointCheck[]): void {
    for (const { endpointId, ...facts } of checks)
      this.#endpoints.set(endpointId, { ...this.require(endpointId), ...facts });
    this.#snapshot = undefined;
    this.#events.emit('endpoints:checked', { checks });
  }

  remove(endpointId: string): void {
    this.require(endpointId);
    this.#endpoints.delete(endpointId);
    this.#snapshot = undefined;
    this.#events.emit('endpoint:removed', { endpointId });
  }

  /** Adds a host, or gives it new numbers. */
  setHost(host: HostResources): void {
    this.#hosts.set(host.hostId, host);
    this.#snapshot = undefined;
    this.#events.emit('host:reported', { host });
  }

  removeHost(hostId: string): void {
    this.#hosts.delete(hostId);
    this.#snapshot = undefined;
    this.#events.emit('host:removed', { hostId });
  }

  /** Gives every metrics backend its next reading. */
  collect(snapshots: readonly MetricsSnapshot[]): void {
    this.#backends = snapshots;
    this.#events.emit('metrics:collected', { snapshots });
  }

  /** What is answered when someone asks for readings of the past. */
  setWindows(windows: readonly MetricsWindow[]): void {
    this.#windows = windows;
  }

  /** @throws CorralError `unknown_endpoint` */
  require(endpointId: string): Endpoint {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) throw new CorralError('unknown_endpoint', 'Expected the id of a known endpoint');
    return endpoint;
  }
}

/** An endpoint for stories and tests: a healthy Ollama that a person registered, with the facts given. */
export function simulatedEndpoint(facts: Partial<Endpoint> & { readonly id: string }): Endpoint {
  const { host = '127.0.0.1', port = 11_434 } = facts;
  return {
    name: `${host}:${port}`,
    scheme: 'http',
    host,
    port,
    basePath: '',
    kind: 'ollama',
    source: 'manual',
    origin: 'registered',
    status: 'healthy',
    condition: 'ok',
    models: [],
    lastCheckedAt: null,
    latencyMs: null,
    queueDepth: null,
    hostId: null,
    ...facts,
  };
}

/** A host for stories and tests: 16 processors, 64 GB and one card of 24 GB, half used, with the facts given. */
export function simulatedHost(facts: Partial<HostResources> & { readonly hostId: string }): HostResources {
  const gpu = { vramUsed: 12e9, vramTotal: 24e9, utilizationPercent: 48, temperatureC: 61, powerW: 212 };
  return {
    name: facts.hostId,
    source: 'agent',
    status: 'live',
    addresses: [],
    reportedAt: null,
    clockSkewMs: null,
    system: 'Linux 6.12, 16 processors',
    cpuPercent: 37,
    cpuCount: 16,
    ramUsed: 31e9,
    ramTotal: 64e9,
    ramLimit: 'host',
    vramUsed: 12e9,
    vramTotal: 24e9,
    memoryKind: 'discrete',
    memoryPressurePercent: 0,
    gpus: [{ index: 0, name: 'Simulated 24 GB', ...gpu }],
    ...facts,
  };
}
