import type { Endpoint, HostResources } from '@corral/core';
import { SimulatedClock, simulatedEndpoint, simulatedHost } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalescer.js';
import { keyOf, newest, type WireEvent } from './event-keys.js';

/** The fleet as a reader knows it: what was never announced cannot change. */
class Reader {
  readonly endpoints = new Map<string, Endpoint>();
  readonly hosts = new Map<string, HostResources>();

  take({ name, payload }: WireEvent): void {
    const facts = payload as { endpoint: Endpoint; endpointId: string; host: HostResources; hostId: string };
    if (name === 'endpoint:registered') this.endpoints.set(facts.endpoint.id, facts.endpoint);
    if (name === 'endpoint:updated' && this.endpoints.has(facts.endpoint.id))
      this.endpoints.set(facts.endpoint.id, facts.endpoint);
    if (name === 'endpoint:removed') this.endpoints.delete(facts.endpointId);
    if (name === 'host:reported') this.hosts.set(facts.host.hostId, facts.host);
    if (name === 'host:removed') this.hosts.delete(facts.hostId);
  }
}

const id = fc.constantFrom('a', 'b');
const step = fc.oneof(
  fc.record({ what: fc.constantFrom('come', 'change', 'go', 'report', 'forget'), id }),
  fc.record({ what: fc.constant('wait'), id, ms: fc.constantFrom(30, 150) }),
);

describe('coalesced events of a fleet', () => {
  it('lead every reader to what is true, whatever comes, changes and goes between two frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const clock = new SimulatedClock();
        const [truth, reader] = [new Reader(), new Reader()];
        const coalescer = new Coalescer<WireEvent>(clock, 100, (event) => reader.take(event), newest);
        const announce = (event: WireEvent): void => {
          truth.take(event);
          coalescer.push(keyOf(event), event);
        };
        for (const [i, { what, id, ...more }] of steps.entries()) {
          const endpoint = simulatedEndpoint({ id, latencyMs: i });
          const isKnown = truth.endpoints.has(id);
          if (what === 'come' && !isKnown) announce({ name: 'endpoint:registered', payload: { endpoint } });
          if (what === 'change' && isKnown) announce({ name: 'endpoint:updated', payload: { endpoint } });
          if (what === 'go' && isKnown) announce({ name: 'endpoint:removed', payload: { endpointId: id } });
          const host = simulatedHost({ hostId: id, cpuPercent: i });
          if (what === 'report') announce({ name: 'host:reported', payload: { host } });
          if (what === 'forget' && truth.hosts.has(id))
            announce({ name: 'host:removed', payload: { hostId: id } });
          if ('ms' in more) await clock.advance(more.ms);
        }
        await clock.advance(200);
        expect(Object.fromEntries(reader.endpoints)).toEqual(Object.fromEntries(truth.endpoints));
        expect(Object.fromEntries(reader.hosts)).toEqual(Object.fromEntries(truth.hosts));
      }),
      { numRuns: 1000 },
    );
  });

  it('are apart by what they are about, and else by name', () => {
    const endpoint = simulatedEndpoint({ id: 'a' });
    const keys = [
      { name: 'endpoint:updated', payload: { endpoint } },
      { name: 'endpoint:removed', payload: { endpointId: 'a' } },
      { name: 'endpoint:removed', payload: { endpointId: 'b' } },
      { name: 'host:removed', payload: { hostId: 'a' } },
      { name: 'metrics:collected', payload: { snapshots: [] } },
    ] satisfies WireEvent[];
    expect(keys.map(keyOf)).toEqual([
      'endpoint a',
      'endpoint a',
      'endpoint b',
      'host a',
      'metrics:collected',
    ]);
  });
});
