import {
  type Endpoint,
  type EventHub,
  fleetSummary,
  type HostResources,
  type HubEvents,
  type MetricsSnapshot,
  type RegistrySnapshot,
} from '@corral/core';
import type { HubFrame } from './hub-frames.js';

type FleetFrame = Extract<
  HubFrame,
  { readonly name: `endpoint${string}` | `host:${string}` | 'metrics:collected' }
>;

/** The fleet as far as the messages of a hub have come. */
export class FleetMirror {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #hosts = new Map<string, HostResources>();
  #backends: readonly MetricsSnapshot[] = [];
  #registry: RegistrySnapshot | undefined;

  get backends(): readonly MetricsSnapshot[] {
    return this.#backends;
  }

  /** The same object until something is heard of an endpoint or a host. */
  registry(): RegistrySnapshot {
    if (this.#registry) return this.#registry;
    const endpoints = [...this.#endpoints.values()];
    const fleetModels = fleetSummary(endpoints);
    this.#registry = { endpoints, resources: [...this.#hosts.values()], fleetModels };
    return this.#registry;
  }

  /** Takes an event in. Facts of an endpoint that is not known here change nothing. */
  take(frame: FleetFrame): void {
    if (frame.name !== 'metrics:collected') this.#registry = undefined;
    switch (frame.name) {
      case 'endpoint:registered':
        this.#endpoints.set(frame.payload.endpoint.id, frame.payload.endpoint);
        return;
      case 'endpoint:updated':
        if (this.#endpoints.has(frame.payload.endpoint.id))
          this.#endpoints.set(frame.payload.endpoint.id, frame.payload.endpoint);
        return;
      case 'endpoint:removed':
        this.#endpoints.delete(frame.payload.endpointId);
        return;
      case 'endpoints:checked':
        for (const { endpointId, ...facts } of frame.payload.checks) {
          const endpoint = this.#endpoints.get(endpointId);
          if (endpoint) this.#endpoints.set(endpointId, { ...endpoint, ...facts });
        }
        return;
      case 'host:reported':
        this.#hosts.set(frame.payload.host.hostId, frame.payload.host);
        return;
      case 'host:removed':
        this.#hosts.delete(frame.payload.hostId);
        return;
      case 'metrics:collected':
        this.#backends = frame.payload.snapshots;
    }
  }

  /** Begins anew. The answer announces what became different: whoever listens hears of what came this way, too. */
  replace(
    { endpoints, resources }: RegistrySnapshot,
    backends: readonly MetricsSnapshot[],
  ): (events: EventHub<HubEvents>) => void {
    const before = {
      endpoints: new Map(this.#endpoints),
      hosts: new Map(this.#hosts),
      backends: this.#backends,
    };
    this.#endpoints.clear();
    this.#hosts.clear();
    for (const endpoint of endpoints) this.#endpoints.set(endpoint.id, endpoint);
    for (const host of resources) this.#hosts.set(host.hostId, host);
    this.#backends = backends;
    this.#registry = undefined;
    return (events) => {
      for (const endpointId of before.endpoints.keys())
        if (!this.#endpoints.has(endpointId)) events.emit('endpoint:removed', { endpointId });
      for (const endpoint of endpoints) {
        const known = before.endpoints.get(endpoint.id);
        if (!known) events.emit('endpoint:registered', { endpoint });
        else if (differs(known, endpoint)) events.emit('endpoint:updated', { endpoint });
      }
      for (const hostId of before.hosts.keys())
        if (!this.#hosts.has(hostId)) events.emit('host:removed', { hostId });
      for (const host of resources)
        if (differs(before.hosts.get(host.hostId), host)) events.emit('host:reported', { host });
      if (differs(before.backends, backends)) events.emit('metrics:collected', { snapshots: backends });
    };
  }
}

function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
