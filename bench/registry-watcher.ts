// A registry that watches the ports it is told of, over the network as a hub does. Each question of the parent is answered
// with what it cost since the one before.
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { EventHub, type HubEvents, LlmRegistry, type StoredEndpoint } from '@corral/core';
import { BackendNetwork } from '@corral/node-adapter';

const resolutionMs = 5;
const events = new EventHub<HubEvents>();
const [{ live, dead }] = (await once(process, 'message')) as [{ live: number[]; dead: number[] }];
// As a hub finds them when it starts: people cannot register a thousand in a second.
const stored = [...live, ...dead].map(
  (port): StoredEndpoint => ({
    ...{
      id: `port ${port}`,
      name: `127.0.0.1:${port}`,
      scheme: 'http',
      host: '127.0.0.1',
      port,
      basePath: '',
    },
    ...{ kind: null, apiKey: null, scrapeMetrics: false, attached: false },
  }),
);
const liveIds = new Set(live.map((port) => `port ${port}`));
const registry = new LlmRegistry({
  events,
  connector: new BackendNetwork(),
  store: {
    loadEndpoints: async () => stored,
    saveEndpoint: async () => undefined,
    removeEndpoint: async () => undefined,
  },
});
await registry.open();

const delay = monitorEventLoopDelay({ resolution: resolutionMs });
let latencies: number[] = [];
let peakRss = 0;
let before = process.cpuUsage();
events.subscribe('endpoints:checked', ({ checks }) => {
  for (const { endpointId, latencyMs } of checks)
    if (latencyMs !== null && liveIds.has(endpointId)) latencies.push(latencyMs);
});
setInterval(() => (peakRss = Math.max(peakRss, process.memoryUsage.rss())), 500).unref();

process.on('message', () => {
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  const endpoints = registry.endpoints();
  // The histogram holds the time between two looks, so the time that was meant to pass is in it.
  const delayMs = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
  process.send?.({
    cpuMs: (user + system) / 1000,
    loopP99Ms: delayMs(delay.percentile(99)),
    loopMaxMs: delayMs(delay.max),
    latencyP99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? null,
    peakRss,
    healthy: endpoints.filter(({ status }) => status === 'healthy').length,
    unhealthy: endpoints.filter(({ status }) => status === 'unhealthy').length,
  });
  latencies = [];
  peakRss = 0;
  before = process.cpuUsage();
  delay.reset();
});
delay.enable();
process.send?.('ready');
