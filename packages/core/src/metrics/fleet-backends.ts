import type { Endpoint } from '../registry/endpoint.js';
import type { HostResources } from '../registry/host-resources.js';
import type { LlmRegistry } from '../registry/llm-registry.js';
import { BackendFailure } from '../registry/ports.js';
import type { MetricsBackend, MetricsReading } from './metrics-snapshot.js';

/**
 * What a registry knows as metrics backends: each host (`host:<hostId>`) with the queues of those of its endpoints that tell, and each
 * endpoint that tells its queue and runs on no known host (`endpoint:<id>`). Nothing is asked of anyone: they say what the
 * registry says at this moment, so make the list anew for every reading:
 * `new MetricsCollector(() => fleetBackends(registry))`.
 */
export function fleetBackends(registry: Pick<LlmRegistry, 'snapshot'>): readonly MetricsBackend[] {
  const { endpoints, resources } = registry.snapshot();
  const queues = new Map<string, number>();
  const hostIds = new Set(resources.map(({ hostId }) => hostId));
  const alone: MetricsBackend[] = [];
  for (const endpoint of endpoints) {
    const { hostId, queueDepth } = endpoint;
    if (queueDepth === null) continue;
    if (hostId !== null && hostIds.has(hostId)) queues.set(hostId, (queues.get(hostId) ?? 0) + queueDepth);
    else alone.push(endpointBackend(endpoint));
  }
  return [...resources.map((host) => hostBackend(host, queues.get(host.hostId) ?? null)), ...alone];
}

function endpointBackend({ id, name, queueDepth }: Endpoint): MetricsBackend {
  return { id: `endpoint:${id}`, name, collect: async () => ({ queueDepth }) };
}

function hostBackend(host: HostResources, queueDepth: number | null): MetricsBackend {
  return {
    id: `host:${host.hostId}`,
    name: host.name,
    collect: async () => {
      if (host.status !== 'live') throw new BackendFailure('timeout', 'The host has not reported');
      return { ...hostReading(host), queueDepth };
    },
  };
}

/** With unified memory there is one bar, that of the main memory. */
function hostReading(host: HostResources): Partial<MetricsReading> {
  const isUnified = host.memoryKind === 'unified';
  const utilizations = host.gpus.map((gpu) => gpu.utilizationPercent).filter((value) => value !== null);
  const temperatures = host.gpus.map((gpu) => gpu.temperatureC).filter((value) => value !== null);
  return {
    cpuUtilization: host.cpuPercent,
    ramUsed: host.ramUsed,
    ramTotal: host.ramTotal,
    gpuMemoryUsed: isUnified ? null : host.vramUsed,
    gpuMemoryTotal: isUnified ? null : host.vramTotal,
    gpuUtilization: utilizations.length === 0 ? null : sum(utilizations) / utilizations.length,
    gpuTemperature: temperatures.length === 0 ? null : Math.max(...temperatures),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
