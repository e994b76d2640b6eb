import {
  type Endpoint,
  type EndpointCheck,
  type EndpointCondition,
  type EndpointKind,
  type EndpointModel,
  type EndpointModelState,
  endpointConditions,
  endpointKinds,
  type HostResources,
} from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedHost } from '@corral/core/testing';

/** When something was, so many seconds before now, ISO 8601. */
export function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** A model of an endpoint: in memory when its size is given, else one that could be loaded. */
export function fleetModel(name: string, sizeGb?: number, state?: EndpointModelState): EndpointModel {
  const sizeBytes = sizeGb === undefined ? null : sizeGb * 1e9;
  return {
    name,
    state: state ?? (sizeBytes === null ? 'unloaded' : 'ready'),
    sizeBytes,
    vramBytes: sizeBytes === null ? null : Math.round(sizeBytes * 0.9),
  };
}

/** Three machines: one with a card, one with unified memory, and a container without a card. */
export function fleetHosts(): HostResources[] {
  return [
    simulatedHost({
      hostId: 'gpu-box',
      source: 'local',
      addresses: ['127.0.0.1', '10.0.0.5'],
      cpuPercent: 37,
    }),
    simulatedHost({
      hostId: 'studio',
      addresses: ['10.0.0.9'],
      system: 'macOS 15, Apple M3 Max',
      memoryKind: 'unified',
      cpuPercent: 12,
      ramUsed: 71e9,
      ramTotal: 128e9,
      vramUsed: null,
      vramTotal: null,
    }),
    simulatedHost({
      hostId: 'nas',
      addresses: ['10.0.0.20'],
      cpuPercent: 88,
      cpuCount: 2,
      ramUsed: 7.1e9,
      ramTotal: 8e9,
      ramLimit: 'container',
      vramUsed: null,
      vramTotal: null,
      gpus: [],
    }),
  ];
}

/** Endpoints of many kinds and origins on those machines, and two on none that reports. */
export function fleetEndpoints(): Endpoint[] {
  return [
    simulatedEndpoint({
      id: 'ollama',
      host: '10.0.0.5',
      hostId: 'gpu-box',
      models: [
        fleetModel('qwen3:30b-a3b'),
        fleetModel('llama3', 4.7),
        fleetModel('nomic-embed-text', 0.3, 'sleeping'),
        ...['gemma3:27b', 'mistral:7b', 'phi4', 'deepseek-r1:32b'].map((name) => fleetModel(name)),
      ],
      latencyMs: 4,
      lastCheckedAt: secondsAgo(1),
    }),
    simulatedEndpoint({
      id: 'managed',
      name: 'mistral-7b-instruct-v0.3-Q3_K_M.gguf',
      host: '127.0.0.1',
      port: 8100,
      hostId: 'gpu-box',
      kind: 'llama-server',
      source: 'auto',
      origin: 'managed',
      models: [fleetModel('mistral-7b-instruct-v0.3-Q3_K_M', 3.9)],
      latencyMs: 2,
      queueDepth: 3,
      lastCheckedAt: secondsAgo(0),
    }),
    simulatedEndpoint({
      id: 'studio',
      name: 'LM Studio on the desk',
      host: '10.0.0.9',
      port: 1234,
      hostId: 'studio',
      kind: 'lm-studio',
      source: 'auto',
      origin: 'agent',
      models: [fleetModel('llama3', 5.1), fleetModel('qwen2.5-coder-14b', 9.2, 'loading')],
      latencyMs: 11,
      lastCheckedAt: secondsAgo(3),
    }),
    simulatedEndpoint({
      id: 'nas',
      name: 'nas',
      host: 'nas.lan',
      port: 8080,
      basePath: '/llm',
      scheme: 'https',
      hostId: 'nas',
      kind: 'localai',
      models: [fleetModel('llama3'), fleetModel('phi4')],
      latencyMs: 182,
      lastCheckedAt: secondsAgo(2),
    }),
    simulatedEndpoint({
      id: 'vllm',
      name: 'vLLM, rack 2',
      host: 'rack2.lan',
      port: 8000,
      kind: 'vllm',
      status: 'unhealthy',
      condition: 'refused',
      lastCheckedAt: secondsAgo(95),
    }),
    simulatedEndpoint({
      id: 'new',
      host: 'box.lan',
      port: 9090,
      kind: null,
      origin: 'attached',
      status: 'unknown',
      condition: null,
    }),
  ];
}

/** A hub with these endpoints and machines. */
export function fleetHub(
  endpoints: readonly Endpoint[] = fleetEndpoints(),
  hosts: readonly HostResources[] = fleetHosts(),
): SimulatedHub {
  const hub = new SimulatedHub();
  for (const host of hosts) hub.fleet.setHost(host);
  for (const endpoint of endpoints) hub.fleet.add(endpoint);
  return hub;
}

/** One endpoint in each condition, and one that was never asked. */
export function endpointsInEachCondition(): Endpoint[] {
  const fails = (condition: EndpointCondition): boolean =>
    !['ok', 'loading', 'auth_required', 'rate_limited'].includes(condition);
  return [...endpointConditions, null].map((condition, i) =>
    simulatedEndpoint({
      id: `c${i}`,
      name: condition ?? 'never asked',
      port: 8000 + i,
      condition,
      status: condition === 'ok' ? 'healthy' : condition && fails(condition) ? 'unhealthy' : 'unknown',
      models: condition === 'ok' ? [fleetModel('llama3', 4.7)] : [],
      lastCheckedAt: condition && secondsAgo(i),
    }),
  );
}

/** So many endpoints on a tenth as many machines; the same ones in every run. */
export function manyEndpoints(count: number): {
  readonly endpoints: Endpoint[];
  readonly hosts: HostResources[];
} {
  const hosts = Array.from({ length: Math.ceil(count / 10) }, (_, i) =>
    simulatedHost({ hostId: `h${i}`, name: `node-${i}`, cpuPercent: (i * 37) % 101 }),
  );
  const endpoints = Array.from({ length: count }, (_, i) =>
    simulatedEndpoint({
      id: `e${i}`,
      name: `server-${String(i).padStart(4, '0')}`,
      host: `10.0.${Math.floor(i / 250)}.${i % 250}`,
      port: 8000 + (i % 10),
      hostId: `h${Math.floor(i / 10)}`,
      kind: endpointKinds[i % endpointKinds.length] as EndpointKind,
      status: i % 7 === 0 ? 'unhealthy' : 'healthy',
      condition: i % 7 === 0 ? 'timeout' : 'ok',
      models: Array.from({ length: i % 6 }, (_unused, k) =>
        fleetModel(`model-${(i + k) % 12}`, k === 0 ? 4 + (i % 5) : undefined),
      ),
      latencyMs: i % 7 === 0 ? null : 2 + (i % 40),
      lastCheckedAt: secondsAgo(i % 60),
    }),
  );
  return { endpoints, hosts };
}

/** Lets a second pass in a fleet: everything is checked, and every machine that lives has new numbers. */
export function tickFleet(hub: SimulatedHub, second: number): void {
  const { endpoints, resources } = hub.registry();
  const checked = endpoints.filter(({ status }) => status === 'healthy');
  hub.fleet.checked(
    checked.map(
      ({ id, queueDepth }, i): EndpointCheck => ({
        endpointId: id,
        lastCheckedAt: new Date().toISOString(),
        latencyMs: 3 + ((second * 7 + i * 5) % 40),
        queueDepth,
      }),
    ),
  );
  resources.forEach((host, i) => {
    if (host.status !== 'live') return;
    const swing = (Math.sin((second + i * 4) / 5) + 1) / 2;
    hub.fleet.setHost({
      ...host,
      cpuPercent: Math.round(10 + 70 * swing),
      ramUsed: host.ramTotal === null ? null : Math.round(host.ramTotal * (0.4 + 0.3 * swing)),
    });
  });
}

/** Ties the fleet to the ticks of the models: a story that shows its hub live shows the fleet live, too. */
export function liveFleet(hub: SimulatedHub): SimulatedHub {
  let second = 0;
  hub.subscribe('models:sampled', () => {
    second += 1;
    tickFleet(hub, second);
  });
  return hub;
}
