import { describe, expect, it } from 'vitest';
import type { RegistrySnapshot } from '../registry/llm-registry.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { simulatedEndpoint, simulatedHost } from '../testing/simulated-fleet.js';
import { fleetBackends } from './fleet-backends.js';
import { MetricsCollector } from './metrics-collector.js';

const gpu = { index: 0, name: null, vramUsed: null, vramTotal: null, powerW: null };

async function collected(facts: Partial<RegistrySnapshot>) {
  const snapshot = () => ({ endpoints: [], resources: [], fleetModels: [], ...facts });
  const collector = new MetricsCollector(() => fleetBackends({ snapshot }), { clock: new SimulatedClock() });
  return collector.collectOnce();
}

describe('fleetBackends', () => {
  it('has nothing for an empty fleet', async () => {
    expect(await collected({})).toEqual([]);
  });

  it('reads a host: its bars, the mean load and the hottest of its cards, and the queues on it', async () => {
    const resources = [
      simulatedHost({
        hostId: 'box-1',
        name: 'box',
        gpus: [
          { ...gpu, utilizationPercent: 30, temperatureC: 50 },
          { ...gpu, utilizationPercent: null, temperatureC: 71 },
          { ...gpu, utilizationPercent: 60, temperatureC: null },
        ],
      }),
    ];
    const endpoints = [
      simulatedEndpoint({ id: 'e1', hostId: 'box-1', queueDepth: 2 }),
      simulatedEndpoint({ id: 'e2', hostId: 'box-1', queueDepth: 3 }),
      simulatedEndpoint({ id: 'e3', hostId: 'box-1' }),
    ];
    expect(await collected({ resources, endpoints })).toMatchObject([
      {
        backendId: 'host:box-1',
        name: 'box',
        cpuUtilization: 37,
        ramUsed: 31e9,
        ramTotal: 64e9,
        gpuMemoryUsed: 12e9,
        gpuMemoryTotal: 24e9,
        gpuUtilization: 45,
        gpuTemperature: 71,
        queueDepth: 5,
      },
    ]);
  });

  it('knows neither cards nor queues where nothing tells, and shows unified memory once', async () => {
    const resources = [
      simulatedHost({ hostId: 'mac', memoryKind: 'unified', gpus: [] }),
      simulatedHost({ hostId: 'cpu', vramUsed: null, vramTotal: null, gpus: [] }),
    ];
    const unknown = {
      gpuMemoryUsed: null,
      gpuMemoryTotal: null,
      gpuUtilization: null,
      gpuTemperature: null,
      queueDepth: null,
    };
    const endpoints = [simulatedEndpoint({ id: 'e1', hostId: 'mac' })];
    expect(await collected({ resources, endpoints })).toMatchObject([unknown, unknown]);
  });

  it.each(['stale', 'lost'] as const)(
    'F58 says of a host that is %s that it has not reported',
    async (status) => {
      const [snapshot] = await collected({ resources: [simulatedHost({ hostId: 'a', status })] });
      expect(snapshot).toMatchObject({
        ramUsed: null,
        cpuUtilization: null,
        error: 'The host has not reported',
      });
    },
  );

  it('has an endpoint of its own where a queue is known and the host is not', async () => {
    const endpoints = [
      simulatedEndpoint({ id: 'e1', name: 'far away', queueDepth: 0 }),
      simulatedEndpoint({ id: 'e2', hostId: 'unheard-of', queueDepth: 4 }),
      simulatedEndpoint({ id: 'e3' }),
    ];
    expect(await collected({ endpoints })).toMatchObject([
      { backendId: 'endpoint:e1', name: 'far away', queueDepth: 0, ramUsed: null },
      { backendId: 'endpoint:e2', queueDepth: 4 },
    ]);
  });
});
