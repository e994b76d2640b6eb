import {
  CorralError,
  type Endpoint,
  EventHub,
  type HubEvents,
  LlmRegistry,
  type ModelStatus,
  type StoredEndpoint,
} from '@corral/core';
import { SimulatedClock, simulatedEndpoint, simulatedHost, simulatedModel } from '@corral/core/testing';
import { Client } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConnectClient } from '../../probes/server-connection.js';
import { HubCallTargets } from './hub-call-targets.js';
import { type ModelServer, startModelServer } from './model-server.fixture.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const endpointOf = (facts: Partial<Endpoint> & { readonly id: string }): Endpoint => {
  const { models = [{ name: 'tiny', state: 'ready', sizeBytes: null, vramBytes: null }] } = facts;
  return { ...simulatedEndpoint(facts), ...facts, models };
};

/** A hub's registry, which shows what the test says, and the targets in it. */
async function house(
  stored: readonly Partial<StoredEndpoint>[] = [],
  models: readonly ModelStatus[] = [],
  connect: ConnectClient = (origin) => new Client(origin),
) {
  const events = new EventHub<HubEvents>();
  const registry = new LlmRegistry({ events });
  const clock = new SimulatedClock();
  let loads = 0;
  const kept = [...stored];
  const targets = new HubCallTargets({
    ...{ events, registry, clock },
    models: {
      list: () => [...models],
      access: (modelId) => {
        if (modelId === 'gone') throw new CorralError('action_not_supported', 'not now');
        return { baseUrl: 'unused', apiKey: `key of ${modelId}` };
      },
    },
    endpointStore: {
      loadEndpoints: async () => {
        loads++;
        return kept as StoredEndpoint[];
      },
    },
    connect,
  });
  ends.push(
    () => registry.dispose(),
    () => targets.dispose(),
  );
  await targets.load();
  return { events, registry, targets, clock, kept, loads: () => loads };
}

describe('HubCallTargets', () => {
  it('lists healthy endpoints alone, and only those with a model', async () => {
    const { registry, targets } = await house();
    registry.mirror('discovered', [
      endpointOf({
        id: 'good',
        origin: 'discovered',
        kind: 'ollama',
        queueDepth: 2,
        host: '10.0.0.1',
        port: 11_434,
      }),
      endpointOf({ id: 'loading', origin: 'discovered', status: 'unknown', condition: 'loading' }),
      endpointOf({ id: 'locked', origin: 'discovered', status: 'unknown', condition: 'auth_required' }),
      endpointOf({ id: 'down', origin: 'discovered', status: 'unhealthy', condition: 'timeout' }),
      endpointOf({ id: 'empty', origin: 'discovered', models: [] }),
    ]);
    expect(targets.list()).toMatchObject([
      {
        id: 'good',
        provider: 'ollama',
        baseUrl: 'http://10.0.0.1:11434',
        apiKey: null,
        models: [{ name: 'tiny', state: 'ready' }],
        slots: 1,
        queueDepth: 2,
        contextTokens: null,
      },
    ]);
  });

  it('knows the key of what a person named, of a server of our own, and none of an agent', async () => {
    const own = simulatedModel({ modelId: 'mine', control: 'owned', port: 8101 });
    const { registry, targets } = await house(
      [
        { id: 'reg', apiKey: 'r' },
        { id: 'att', apiKey: null },
      ],
      [own, simulatedModel({ modelId: 'gone', control: 'owned', port: 8102 })],
    );
    registry.mirror('registered', [endpointOf({ id: 'reg', origin: 'registered', kind: 'vllm' })]);
    registry.mirror('attached', [endpointOf({ id: 'att', origin: 'attached', kind: 'openai' })]);
    registry.mirror('agent', [endpointOf({ id: 'far', origin: 'agent', kind: null })]);
    registry.mirror('managed', [
      endpointOf({ id: 'own', origin: 'managed', kind: 'openai', port: 8101 }),
      endpointOf({ id: 'ended', origin: 'managed', kind: 'openai', port: 8102 }),
      endpointOf({ id: 'strange', origin: 'managed', kind: 'openai', port: 8103 }),
    ]);
    expect(targets.list().flatMap(({ id, isOwn }) => (isOwn ? [id] : []))).toEqual(['own']);
    const known = targets.list().map(({ id, apiKey, slots, provider }) => [id, apiKey, slots, provider]);
    expect(known.sort()).toEqual([
      ['att', null, 1, 'openai'],
      ['far', null, 1, 'unknown'],
      ['own', 'key of mine', 1, 'openai'],
      ['reg', 'r', 8, 'vllm'],
    ]);
  });

  it('reads keys again when an endpoint comes that may have one, and forgets those of endpoints that go', async () => {
    const { registry, targets, kept, loads } = await house();
    let changes = 0;
    const undo = targets.onChanged(() => changes++);
    registry.mirror('attached', [endpointOf({ id: 'late', origin: 'attached', kind: 'openai' })]);
    expect([targets.list(), loads()]).toEqual([[], 2]);
    kept.push({ id: 'late', apiKey: 'one' });
    await vi.waitFor(() => expect(changes).toBeGreaterThan(1), { timeout: 10_000 });
    // It was kept only after it had been announced.
    registry.mirror('attached', [
      endpointOf({ id: 'late', origin: 'attached', kind: 'openai', name: 'other' }),
    ]);
    await vi.waitFor(() => expect(targets.list()[0]?.apiKey).toBe('one'), { timeout: 10_000 });
    registry.mirror('attached', []);
    kept[0] = { id: 'late', apiKey: 'two' };
    registry.mirror('attached', [endpointOf({ id: 'late', origin: 'attached', kind: 'openai' })]);
    await vi.waitFor(() => expect(targets.list()[0]?.apiKey).toBe('two'), { timeout: 10_000 });
    undo();
    const before = changes;
    registry.mirror('attached', []);
    expect(changes).toBe(before);
  });

  it('asks a llama-server once for its places, again after it was away, and no other kind at all', async () => {
    let slots = 4;
    const asked: string[] = [];
    const server: ModelServer = await startModelServer((response, _body, request) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end(JSON.stringify({ total_slots: slots, default_generation_settings: { n_ctx: 2048 } }));
    });
    ends.push(() => server.close());
    const { registry, targets, clock } = await house([{ id: 'llama', apiKey: 'k' }]);
    const port = Number(new URL(server.url).port);
    const shown = (facts: Partial<Endpoint>): void =>
      registry.mirror('attached', [
        endpointOf({
          id: 'llama',
          origin: 'attached',
          kind: 'llama-server',
          host: '127.0.0.1',
          port,
          ...facts,
        }),
      ]);
    shown({});
    expect(targets.list()).toMatchObject([{ slots: 1, contextTokens: null }]);
    await vi.waitFor(() => expect(targets.list()).toMatchObject([{ slots: 4, contextTokens: 2048 }]), {
      timeout: 10_000,
    });
    shown({ name: 'other' });
    await clock.advance(3_600_000);
    expect(targets.list()).toMatchObject([{ slots: 4 }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toEqual(['GET /props Bearer k']);
    slots = 2;
    shown({ status: 'unknown', condition: 'loading' });
    shown({});
    targets.list();
    await vi.waitFor(() => expect(targets.list()).toMatchObject([{ slots: 2 }]), { timeout: 10_000 });
    shown({ kind: 'llama-router' });
    expect(targets.list()).toMatchObject([{ slots: 1 }]);
    expect(asked).toHaveLength(2);
  });

  it('asks a server of our own without the rules for those of others', async () => {
    const server = await startModelServer((response) => response.end('{"total_slots":3}'));
    ends.push(() => server.close());
    const port = Number(new URL(server.url).port);
    const own = simulatedModel({ modelId: 'mine', control: 'owned', port });
    const { registry, targets } = await house([], [own], () => {
      throw new Error('blocked');
    });
    registry.mirror('managed', [
      endpointOf({ id: 'own', origin: 'managed', kind: 'llama-server', host: '127.0.0.1', port }),
    ]);
    await vi.waitFor(() => expect(targets.list()[0]?.slots).toBe(3), { timeout: 10_000 });
  });

  it('asks a llama-server that did not answer again after a while, not at once', async () => {
    const asked: string[] = [];
    const server = await startModelServer((response, _body, request) => {
      asked.push(String(request.url));
      response.writeHead(500).end();
    });
    ends.push(() => server.close());
    const { registry, targets, clock } = await house();
    const port = Number(new URL(server.url).port);
    registry.mirror('agent', [
      endpointOf({ id: 'llama', origin: 'agent', kind: 'llama-server', host: '127.0.0.1', port }),
    ]);
    targets.list();
    await vi.waitFor(() => expect(asked).toHaveLength(1), { timeout: 10_000 });
    for (let turn = 0; turn < 20; turn++) targets.list();
    await clock.advance(10_000);
    targets.list();
    await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 10_000 });
  });

  it('adds up the power of the graphics cards of a host', async () => {
    const { registry, targets } = await house();
    const { hostId, name, system, addresses, ...resources } = simulatedHost({
      hostId: 'here',
      addresses: ['10.1.1.1'],
    });
    const unknown = {
      name: null,
      vramUsed: null,
      vramTotal: null,
      utilizationPercent: null,
      temperatureC: null,
    };
    const gpus = [120, null, 80].map((powerW, index) => ({ ...unknown, index, powerW }));
    registry.observe({ hostId, name, system, addresses, resources: { ...resources, gpus } });
    registry.mirror('discovered', [
      endpointOf({ id: 'a', origin: 'discovered', host: '10.1.1.1' }),
      endpointOf({ id: 'b', origin: 'discovered', host: '10.1.1.2' }),
    ]);
    expect([
      targets.powerOf({ id: 'a' }),
      targets.powerOf({ id: 'b' }),
      targets.powerOf({ id: 'c' }),
    ]).toEqual([200, null, null]);
  });
});
