import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import type { Endpoint } from './endpoint.js';
import { FakeFleet, idAt, someEndpoint, someReport, someResources } from './fake-fleet.fixture.js';
import type { HostObservation } from './host-book.js';

const here: HostObservation = {
  hostId: 'hub',
  name: 'hub box',
  system: 'Linux',
  addresses: ['192.168.0.2', 'FE80::1%eth0'],
  resources: someResources,
};
/** A server that is attached. */
const someMirrored: Endpoint = {
  ...someEndpoint,
  ...{ id: idAt(), source: 'manual', origin: 'attached', lastCheckedAt: null, hostId: null },
};
const agentEndpoint = 'box http://127.0.0.1:11434';
const hosts = (fleet: FakeFleet) => fleet.registry.snapshot().resources;
const names = (fleet: FakeFleet) => fleet.heard.map(({ name }) => name);

describe('observe', () => {
  it('shows this machine as live for as long as the hub runs', async () => {
    const fleet = new FakeFleet();
    fleet.registry.observe(here);
    const { resources: numbers, ...facts } = here;
    const host = { ...facts, ...numbers, source: 'local', status: 'live', clockSkewMs: 0 };
    expect(hosts(fleet)).toEqual([{ ...host, reportedAt: '2026-01-01T00:00:00.000Z' }]);
    expect(fleet.of('host:reported')).toEqual([{ host: hosts(fleet)[0] }]);
    await fleet.clock.advance(10_000_000);
    expect([hosts(fleet)[0]?.status, fleet.heard.length, fleet.leftovers.timers]).toEqual(['live', 1, 0]);
    fleet.registry.observe({ ...here, hostId: 'hub-2' });
    expect(hosts(fleet).map(({ hostId }) => hostId)).toEqual(['hub-2']);
    expect(fleet.of('host:removed')).toEqual([{ hostId: 'hub' }]);
  });

  it('wins over an agent on the same machine', () => {
    const fleet = new FakeFleet();
    fleet.registry.report('hub', someReport(1));
    fleet.registry.observe(here);
    expect([fleet.registry.endpoints(), hosts(fleet)]).toMatchObject([[], [{ source: 'local' }]]);
    expect(() => fleet.registry.report('hub', someReport(2))).toThrow(
      expect.objectContaining({ code: 'action_not_supported' }),
    );
    expect(fleet.registry.endpoints()).toEqual([]);
  });
});

describe('report', () => {
  it('shows the host, and its endpoints as its own whatever their address', () => {
    const fleet = new FakeFleet();
    fleet.registry.observe(here);
    fleet.registry.report('box', someReport(1));
    expect(hosts(fleet)[1]).toMatchObject({ hostId: 'box', source: 'agent', status: 'live', cpuPercent: 50 });
    expect(fleet.registry.get(agentEndpoint)).toEqual({
      ...someEndpoint,
      ...{ id: agentEndpoint, source: 'auto', origin: 'agent', hostId: 'box' },
      lastCheckedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(names(fleet)).toEqual(['host:reported', 'host:reported', 'endpoint:registered']);
  });

  it('announces endpoints that came, went or changed, and those that were only checked once for all', async () => {
    const fleet = new FakeFleet();
    const other = { ...someEndpoint, port: 2 };
    fleet.registry.report('box', someReport(1, { endpoints: [someEndpoint, other] }));
    await fleet.clock.advance(1000);
    fleet.heard.length = 0;
    fleet.registry.report('box', someReport(2, { endpoints: [someEndpoint, { ...other, kind: 'vllm' }] }));
    await fleet.clock.advance(1000);
    fleet.registry.report('box', someReport(3, { endpoints: [] }));
    expect(names(fleet)).toEqual([
      ...['host:reported', 'endpoint:updated', 'endpoints:checked'],
      ...['host:reported', 'endpoint:removed', 'endpoint:removed'],
    ]);
    await expect(fleet.registry.check(agentEndpoint)).rejects.toMatchObject({ code: 'unknown_endpoint' });
    fleet.registry.report('box', someReport(4));
    await expect(fleet.registry.remove(agentEndpoint)).rejects.toMatchObject({
      code: 'action_not_supported',
      message: expect.stringContaining('an agent reports it'),
    });
  });

  it.each([5, 4, 0, -1])('I60 takes a report numbered %i after number 5 for a replay', (seq) => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(5));
    const before = fleet.registry.snapshot();
    expect(() => fleet.registry.report('box', someReport(seq, { name: 'evil', endpoints: [] }))).toThrow(
      expect.objectContaining({ code: 'replayed', details: { lastSeq: 5 } }),
    );
    expect([fleet.registry.snapshot() === before, fleet.heard.length]).toEqual([true, 2]);
    fleet.registry.report('other', someReport(1));
    fleet.registry.report('box', someReport(6));
  });

  it('F59 I60 dates a report by its own clock, and shows how far the other one is off', async () => {
    const fleet = new FakeFleet();
    await fleet.clock.advance(5000);
    fleet.registry.report('box', someReport(1, { at: '2026-01-01T01:00:05.000Z' }));
    const reportedAt = '2026-01-01T00:00:05.000Z';
    expect(hosts(fleet)[0]).toMatchObject({ reportedAt, clockSkewMs: 3_600_000, status: 'live' });
    expect(fleet.registry.get(agentEndpoint)?.lastCheckedAt).toBe(reportedAt);
    fleet.registry.report('box', someReport(2, { at: 'yesterday' }));
    expect(hosts(fleet)[0]?.clockSkewMs).toBeNull();
  });

  it('takes no more than 64 endpoints of a host, and no more than a thousand hosts', () => {
    const fleet = new FakeFleet();
    const endpoints = Array.from({ length: limits.hostEndpoints + 1 }, (_, port) => ({
      ...someEndpoint,
      port,
    }));
    const tooMany = expect.objectContaining({ code: 'limit_reached' });
    expect(() => fleet.registry.report('box', someReport(1, { endpoints }))).toThrow(tooMany);
    expect(fleet.heard).toEqual([]);
    const reports = someReport(1, { endpoints: [], addresses: [] });
    for (let i = 0; i < limits.hosts; i++) fleet.registry.report(`box ${i}`, reports);
    expect(() => fleet.registry.report('one more', reports)).toThrow(tooMany);
    fleet.registry.report('box 3', someReport(2));
    expect([hosts(fleet).length, fleet.leftovers.timers]).toEqual([limits.hosts, 1]);
  });
});

describe('F58 an agent that falls silent', () => {
  it('is stale after 3 intervals, lost after 10, forgotten after an hour; its numbers are null from the first', async () => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(1));
    await fleet.clock.advance(2999);
    expect(hosts(fleet)[0]).toMatchObject({ status: 'live', cpuPercent: 50 });
    await fleet.clock.advance(1);
    const unknown = { cpuPercent: null, cpuCount: null, ramUsed: null, ramTotal: null, vramUsed: null };
    const card = {
      vramUsed: null,
      vramTotal: null,
      utilizationPercent: null,
      temperatureC: null,
      powerW: null,
    };
    expect(hosts(fleet)[0]).toEqual({
      ...{
        hostId: 'box',
        name: 'box',
        source: 'agent',
        status: 'stale',
        system: null,
        addresses: ['10.0.0.7'],
      },
      ...{
        ...unknown,
        vramTotal: null,
        memoryPressurePercent: null,
        ramLimit: 'host',
        memoryKind: 'discrete',
      },
      ...{ gpus: [{ index: 0, name: 'Card', ...card }], clockSkewMs: null },
      reportedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(fleet.registry.get(agentEndpoint)).toMatchObject({
      ...{ status: 'unknown', condition: null, latencyMs: null, queueDepth: null },
      models: [{ name: 'llama3', state: null, sizeBytes: null, vramBytes: null }],
      lastCheckedAt: '2026-01-01T00:00:00.000Z',
    });
    await fleet.clock.advance(6999);
    expect(hosts(fleet)[0]?.status).toBe('stale');
    await fleet.clock.advance(1);
    expect(hosts(fleet)[0]).toMatchObject({ status: 'lost', ...unknown });
    await fleet.clock.advance(limits.hostForgottenMs - 10_001);
    expect(hosts(fleet)).toHaveLength(1);
    fleet.heard.length = 0;
    await fleet.clock.advance(1);
    expect(fleet.heard).toEqual([
      { name: 'endpoint:removed', payload: { endpointId: agentEndpoint } },
      { name: 'host:removed', payload: { hostId: 'box' } },
    ]);
    expect([fleet.registry.snapshot().resources, fleet.leftovers.timers]).toEqual([[], 0]);
  });

  it('is live again with its next report, its endpoints too', async () => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(1));
    await fleet.clock.advance(60_000);
    fleet.registry.report('box', someReport(2));
    expect(hosts(fleet)[0]).toMatchObject({ status: 'live', cpuPercent: 50 });
    expect(fleet.registry.get(agentEndpoint)).toMatchObject({ status: 'healthy', latencyMs: 2 });
    await fleet.clock.advance(3000);
    expect(hosts(fleet)[0]?.status).toBe('stale');
  });

  it('is judged by its own interval, from one timer for all', async () => {
    const fleet = new FakeFleet();
    for (let i = 1; i <= 100; i++) {
      fleet.registry.report(`box ${i}`, someReport(1, { intervalMs: 100 * i, addresses: [], endpoints: [] }));
    }
    expect(fleet.leftovers.timers).toBe(1);
    await fleet.clock.advance(3000);
    expect(hosts(fleet).filter(({ status }) => status === 'live')).toHaveLength(90);
    expect(hosts(fleet).filter(({ status }) => status === 'lost')).toHaveLength(3);
    fleet.registry.report('fast', someReport(1, { intervalMs: 1 }));
    await fleet.clock.advance(3);
    expect(hosts(fleet).at(-1)).toMatchObject({ hostId: 'fast', status: 'stale' });
  });

  it('F54 is not blamed for the time in which the hub itself was blocked', async () => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(1));
    fleet.clock.block(30_000);
    await fleet.clock.advance(2900);
    expect(hosts(fleet)[0]?.status).toBe('live');
    await fleet.clock.advance(200);
    expect(hosts(fleet)[0]?.status).toBe('stale');
  });

  it('is stale in the end also where timers are always late', async () => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(1));
    for (let i = 0; i < 8; i++) {
      fleet.clock.block(1300);
      await fleet.clock.advance(0);
    }
    expect(hosts(fleet)[0]?.status).toBe('stale');
  });

  it('F53 is not disturbed by a wall clock that jumps', async () => {
    const fleet = new FakeFleet();
    fleet.registry.report('box', someReport(1));
    fleet.clock.jumpWallTime(3_600_000);
    await fleet.clock.advance(2900);
    expect(hosts(fleet)[0]?.status).toBe('live');
  });
});

describe('the host of an endpoint', () => {
  it.each([
    ['127.0.0.1', 'hub'],
    ['127.8.9.1', 'hub'],
    ['::1', 'hub'],
    ['localhost', 'hub'],
    ['192.168.0.2', 'hub'],
    ['fe80::1', 'hub'],
    ['10.0.0.7', 'box'],
    ['10.0.0.8', null],
    ['172.17.0.1', null],
    ['127.0.0.1.example.org', null],
  ])('at %s is %s', async (host, hostId) => {
    const fleet = new FakeFleet();
    fleet.registry.mirror('attached', [{ ...someMirrored, host }]);
    expect(fleet.registry.endpoints()[0]?.hostId).toBeNull();
    fleet.registry.observe(here);
    const addresses = ['10.0.0.7', '127.0.0.1', '192.168.0.2', '172.17.0.1'];
    fleet.registry.report('box', someReport(1, { addresses, endpoints: [] }));
    fleet.registry.report('box 2', someReport(1, { addresses: ['172.17.0.1'], endpoints: [] }));
    expect(fleet.registry.endpoints()[0]?.hostId).toBe(hostId);
    expect(fleet.of('endpoint:updated').at(-1)?.endpoint.hostId ?? null).toBe(hostId);
  });

  it('is decided anew when hosts move and go', async () => {
    const fleet = new FakeFleet();
    fleet.registry.mirror('attached', [{ ...someMirrored, host: '10.0.0.7' }]);
    const at = () => fleet.registry.get(idAt())?.hostId;
    fleet.registry.report('box', someReport(1));
    expect(at()).toBe('box');
    fleet.registry.report('box', someReport(2, { addresses: ['10.0.0.9'] }));
    expect(at()).toBeNull();
    fleet.registry.report('box', someReport(3));
    await fleet.clock.advance(limits.hostForgottenMs);
    expect([at(), fleet.of('endpoint:updated').at(-1)?.endpoint.hostId]).toEqual([null, null]);
  });
});
