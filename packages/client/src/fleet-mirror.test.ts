import { EventHub, type HubEvents, type RegistrySnapshot } from '@corral/core';
import { simulatedEndpoint, simulatedHost } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { FleetMirror } from './fleet-mirror.js';

const model = { name: 'llama3', state: 'ready', sizeBytes: null, vramBytes: null } as const;
const endpoint = (id: string, facts = {}) => simulatedEndpoint({ id, host: id, models: [model], ...facts });
const host = (hostId: string, facts = {}) => simulatedHost({ hostId, ...facts });
const snapshot = (facts: Partial<RegistrySnapshot> = {}): RegistrySnapshot => ({
  endpoints: [],
  resources: [],
  fleetModels: [],
  ...facts,
});
const reading = {
  ...{ id: 'host:a@1', backendId: 'host:a', name: 'a', at: '2026-01-01T00:00:00.000Z' },
  ...{ cpuUtilization: 3, ramUsed: 1, ramTotal: 2, gpuUtilization: null, gpuMemoryUsed: null },
  ...{ gpuMemoryTotal: null, gpuTemperature: null, queueDepth: 0 },
};

function mirrorOf(registry: RegistrySnapshot) {
  const mirror = new FleetMirror();
  mirror.replace(registry, []);
  const events = new EventHub<HubEvents>();
  const heard: [string, unknown][] = [];
  events.subscribeAny((name, payload) => heard.push([name, payload]));
  return { mirror, events, heard };
}
const ids = (mirror: FleetMirror) => mirror.registry().endpoints.map(({ id }) => id);

describe('FleetMirror', () => {
  it('takes endpoints and hosts as they come, change and go, and counts the models anew', () => {
    const { mirror } = mirrorOf(snapshot({ endpoints: [endpoint('a')] }));
    mirror.take({ kind: 'event', name: 'endpoint:registered', payload: { endpoint: endpoint('b') } });
    expect(mirror.registry().fleetModels).toEqual([{ model: 'llama3', hosts: 2, loadedHosts: 2 }]);
    const down = endpoint('b', { status: 'unhealthy' });
    mirror.take({ kind: 'event', name: 'endpoint:updated', payload: { endpoint: down } });
    expect(mirror.registry().fleetModels).toEqual([{ model: 'llama3', hosts: 1, loadedHosts: 1 }]);
    const check = { endpointId: 'b', lastCheckedAt: '2026-01-01T00:00:00.000Z', latencyMs: 7, queueDepth: 2 };
    const unknown = { ...check, endpointId: 'nobody' };
    mirror.take({ kind: 'event', name: 'endpoints:checked', payload: { checks: [check, unknown] } });
    expect(mirror.registry().endpoints[1]).toMatchObject({ id: 'b', status: 'unhealthy', latencyMs: 7 });
    mirror.take({ kind: 'event', name: 'endpoint:removed', payload: { endpointId: 'a' } });
    expect(ids(mirror)).toEqual(['b']);
    mirror.take({ kind: 'event', name: 'host:reported', payload: { host: host('h', { cpuPercent: 12 }) } });
    expect(mirror.registry().resources).toMatchObject([{ hostId: 'h', cpuPercent: 12 }]);
    mirror.take({ kind: 'event', name: 'host:removed', payload: { hostId: 'h' } });
    expect(mirror.registry().resources).toEqual([]);
    mirror.take({ kind: 'event', name: 'metrics:collected', payload: { snapshots: [reading] } });
    expect(mirror.backends).toEqual([reading]);
  });

  it('ignores facts of an endpoint that is not known, which may just have gone', () => {
    const { mirror } = mirrorOf(snapshot());
    mirror.take({ kind: 'event', name: 'endpoint:updated', payload: { endpoint: endpoint('a') } });
    expect(ids(mirror)).toEqual([]);
  });

  it('answers with the same object until something changes', () => {
    const { mirror } = mirrorOf(snapshot({ endpoints: [endpoint('a')] }));
    const first = mirror.registry();
    expect(mirror.registry()).toBe(first);
    mirror.take({ kind: 'event', name: 'endpoint:removed', payload: { endpointId: 'a' } });
    expect(mirror.registry()).not.toBe(first);
  });

  it('announces after a snapshot what became different, and nothing that did not', () => {
    const same = endpoint('same');
    const { mirror, events, heard } = mirrorOf(
      snapshot({
        endpoints: [same, endpoint('changed'), endpoint('gone')],
        resources: [host('same'), host('changed'), host('gone')],
      }),
    );
    const changed = endpoint('changed', { status: 'unhealthy' });
    const changedHost = host('changed', { cpuPercent: 1 });
    const next = {
      endpoints: [{ ...same }, changed, endpoint('new')],
      resources: [host('same'), changedHost, host('new')],
    };
    mirror.replace(snapshot(next), [reading])(events);
    expect(heard).toEqual([
      ['endpoint:removed', { endpointId: 'gone' }],
      ['endpoint:updated', { endpoint: changed }],
      ['endpoint:registered', { endpoint: endpoint('new') }],
      ['host:removed', { hostId: 'gone' }],
      ['host:reported', { host: changedHost }],
      ['host:reported', { host: host('new') }],
      ['metrics:collected', { snapshots: [reading] }],
    ]);
    heard.length = 0;
    mirror.replace(snapshot(next), [reading])(events);
    expect(heard).toEqual([]);
  });
});
