import type { Endpoint } from './endpoint.js';
import type { HostResources } from './host-resources.js';

/** A host that has fallen silent: which cards it had is still known, none of its numbers is. */
export function silenced(host: HostResources, status: 'stale' | 'lost'): HostResources {
  return {
    ...host,
    status,
    clockSkewMs: null,
    cpuPercent: null,
    cpuCount: null,
    ramUsed: null,
    ramTotal: null,
    vramUsed: null,
    vramTotal: null,
    memoryPressurePercent: null,
    gpus: host.gpus.map(({ index, name }) => ({
      index,
      name,
      vramUsed: null,
      vramTotal: null,
      utilizationPercent: null,
      temperatureC: null,
      powerW: null,
    })),
  };
}

/** An endpoint whose host has fallen silent: that it exists is known, and which models it had. */
export function silencedEndpoint(endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    status: 'unknown',
    condition: null,
    models: endpoint.models.map(({ name }) => ({ name, state: null, sizeBytes: null, vramBytes: null })),
    latencyMs: null,
    queueDepth: null,
  };
}
