import { SimulatedClock } from '@corral/core/testing';
import { type FaultBehaviour, type FaultTarget, startFaultd } from '@corral/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FleetHouse } from '../fleet-house.fixture.js';
import { ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
  vi.restoreAllMocks();
});

async function openFleet(...options: Parameters<typeof FleetHouse.open>): Promise<FleetHouse> {
  const fleet = await FleetHouse.open(...options);
  dispose.push(() => fleet.dispose());
  return fleet;
}

const faults: readonly (readonly [
  row: string,
  behaviour: FaultBehaviour,
  status: string,
  condition: string,
])[] = [
  ['F30 F31', 'hang', 'unhealthy', 'timeout'],
  ['F32', 'drip', 'unhealthy', 'timeout'],
  ['F33', 'huge', 'unhealthy', 'body_too_large'],
  ['F35', 'gzip', 'unhealthy', 'unexpected_encoding'],
  ['F43', 'loading', 'unknown', 'loading'],
  ['F46', 'wrong-type', 'unhealthy', 'unrecognised'],
  ['F47', 'redirect', 'unhealthy', 'redirect_refused'],
  ['F29', 'reset', 'unhealthy', 'reset'],
];

describe('the fleet', () => {
  it('F29–F35 F43 F46–F48 tells what is wrong with each that never worked, holds one socket to it, and sees it recover', async () => {
    const faultd = await startFaultd({ behaviours: faults.map(([, behaviour]) => behaviour) });
    dispose.push(() => faultd.close());
    const fleet = await openFleet({ 'broken.lan': 'breaks' });
    const watched = await Promise.all(
      faults.map(async ([row, , status, condition], i) => {
        const target = faultd.targets[i] as FaultTarget;
        return { row, status, condition, target, id: await fleet.register(target) };
      }),
    );
    // Nobody listens at this address of the machine, and nobody else can: the port is ours at another.
    const { port } = faultd.targets[0] as FaultTarget;
    const closed = await fleet.register({ port }, { host: '127.9.9.9' });
    const nameless = await fleet.register({ port }, { host: 'nowhere.lan' });
    const unserved = await fleet.register({ port }, { host: 'broken.lan' });
    for (const { row, status, condition, target, id } of watched) {
      const seen = await fleet.until(
        id,
        (endpoint) => endpoint.condition !== null && endpoint.status === status,
      );
      expect([row, seen.condition, seen.models, seen.latencyMs]).toEqual([row, condition, [], null]);
      // Nothing but what recognises a server, and only one connection at a time.
      expect([row, [...target.requests.keys()]]).toEqual([row, ['/v1/models']]);
      expect([row, target.openSockets <= 1]).toEqual([row, true]);
    }
    const isDown = ({ status }: { status: string }): boolean => status === 'unhealthy';
    expect(await fleet.until(closed, isDown)).toMatchObject({ condition: 'refused' });
    for (const id of [nameless, unserved])
      expect(await fleet.until(id, isDown)).toMatchObject({ condition: 'name_not_found' });
    for (const { row, target, id } of watched) {
      target.behave('ok');
      for (let i = 0; i < 2; i++) await fleet.check(id);
      expect([row, await fleet.check(id)]).toMatchObject([
        row,
        { status: 'healthy', condition: 'ok', kind: 'llama-server', models: [{ state: 'ready' }] },
      ]);
    }
  }, 60_000);

  it('F48–F50 tells of a name that is not found in time, and reaches the living one of two addresses meanwhile', async () => {
    const faultd = await startFaultd({ behaviours: ['ok', 'ok'] });
    dispose.push(() => faultd.close());
    // Nobody listens at the IPv6 address.
    const names = { 'dual.lan': ['::1', '127.0.0.1'], 'slow.lan': 'hangs', 'slower.lan': 'hangs' } as const;
    const fleet = await openFleet(names);
    const [one, two] = faultd.targets as [FaultTarget, FaultTarget];
    const dual = await fleet.register(one, { host: 'dual.lan' });
    const slow = await Promise.all(['slow.lan', 'slower.lan'].map((host) => fleet.register(two, { host })));
    const literal = await fleet.register(two);
    for (const id of [dual, literal])
      expect(await fleet.until(id, ({ status }) => status === 'healthy')).toMatchObject({ condition: 'ok' });
    for (const id of slow)
      expect(await fleet.until(id, ({ status }) => status === 'unhealthy')).toMatchObject({
        condition: 'timeout',
      });
    expect(fleet.lookedUp.filter((name) => name === 'slow.lan')).toHaveLength(1);
    expect((await fleet.endpoints()).filter(({ status }) => status === 'healthy')).toHaveLength(2);
  }, 30_000);

  it('F31–F35 F43 F46 F47 tells what is wrong with each that worked, and that it works again', async () => {
    const faultd = await startFaultd({ behaviours: faults.map(() => 'ok' as const) });
    dispose.push(() => faultd.close());
    const fleet = await openFleet();
    await Promise.all(
      faults.map(async ([row, behaviour, status, condition], i) => {
        const target = faultd.targets[i] as FaultTarget;
        const id = await fleet.register(target);
        await fleet.until(id, (endpoint) => endpoint.status === 'healthy');
        target.behave(behaviour);
        const seen = await fleet.until(id, (endpoint) => endpoint.status === status);
        expect([row, seen.condition, seen.latencyMs, seen.queueDepth]).toEqual([row, condition, null, null]);
        await vi.waitFor(() => expect([row, target.openSockets <= 1]).toEqual([row, true]));
        target.behave('ok');
        for (let i = 0; i < 3; i++) await fleet.check(id);
        const back = await fleet.check(id);
        expect([row, back]).toMatchObject([
          row,
          { status: 'healthy', kind: 'llama-server', models: [{ state: 'ready' }] },
        ]);
      }),
    );
  }, 60_000);
});

/** A server and a fleet that watches it, in time that passes at once. */
async function inNoTime(replies: Record<string, RecordedReply>) {
  const clock = new SimulatedClock();
  vi.spyOn(performance, 'now').mockImplementation(() => clock.now());
  const server = await RecordingServer.start(replies);
  dispose.push(() => server.close());
  const fleet = await openFleet({}, { clock, random: () => 0.5 });
  const id = await fleet.register(server);
  await fleet.settled();
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      await fleet.settled();
    }
  };
  return { server, fleet, id, pass, status: () => fleet.registry.get(id) };
}

const works: Record<string, RecordedReply> = {
  '/v1/models': ok({ object: 'list', data: [{ id: 'a', owned_by: 'library' }] }),
  '/api/version': ok({ version: '0.33.0' }),
  '/api/ps': ok({ models: [{ name: 'a', model: 'a' }] }),
  '/api/tags': ok({ models: [{ name: 'a', model: 'a' }] }),
};

/** The same answer to whatever is asked. */
const always = (reply: RecordedReply): Record<string, RecordedReply> => new Proxy({}, { get: () => reply });

const refusals: [row: string, reply: RecordedReply, perMinute: number][] = [
  ['F44', [401, ''], 2],
  ['F44', [403, ''], 2],
  ['F45', [429, '', { 'retry-after': 'soon' }], 2],
  ['F45', [429, '', { 'retry-after': '9999999' }], 1],
];

describe('a server of the fleet', () => {
  it.each(refusals)('%s that was recognised and answers %j is asked %i times a minute', async (...given) => {
    const [, reply, perMinute] = given;
    const { server, pass, status } = await inNoTime({ ...works });
    await pass(3000);
    expect(status()).toMatchObject({ status: 'healthy', kind: 'ollama' });
    for (const path of Object.keys(works)) server.replies[path] = reply;
    await pass(1000);
    expect(status()?.status).toBe('unknown');
    server.asked.length = 0;
    await pass(300_000);
    expect(Math.abs(server.asked.length - 5 * perMinute)).toBeLessThanOrEqual(1);
  });

  it.each(refusals)(
    '%s that nobody knows and that answers %j is asked %i times a minute',
    async (...given) => {
      const [, reply, perMinute] = given;
      const { server, pass, status } = await inNoTime(always(reply));
      expect(status()).toMatchObject({ status: 'unknown', kind: null });
      server.asked.length = 0;
      await pass(300_000);
      expect(Math.abs(server.asked.length - 5 * perMinute)).toBeLessThanOrEqual(1);
    },
  );

  it('F45 is left alone for as long as it asks, also when a person asks', async () => {
    const { server, fleet, id, pass } = await inNoTime(always([429, '', { 'retry-after': '20' }]));
    expect(await fleet.check(id)).toMatchObject({ condition: 'rate_limited' });
    expect(server.asked).toHaveLength(1);
    await pass(20_000);
    expect(server.asked).toHaveLength(1);
    await fleet.check(id);
    expect(server.asked).toHaveLength(2);
  });
});
