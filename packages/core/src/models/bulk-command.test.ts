import { describe, expect, it } from 'vitest';
import { FakeBackend, fakeBackendModel } from '../registry/fake-backends.fixture.js';
import { FakeHouse } from './fake-servers.fixture.js';

/** A house of models whose launch takes a second each. */
const slowHouse = async (models: number, house = new FakeHouse(models)): Promise<FakeHouse> => {
  house.listen();
  house.servers.launchMs = 1000;
  await house.hub.open();
  return house;
};
const progress = (house: FakeHouse) =>
  house.of('models:bulk-progressed').map(({ action, done, total, failed }) => [action, done, total, failed]);

describe('a start of all', () => {
  it('handles two models at a time, by tier and name, and says how far it is', async () => {
    const house = await slowHouse(4);
    await house.manager.update('m3', { tierOverride: 'fast' });
    await house.manager.update('m0', { tierOverride: 'powerful' });
    expect(house.manager.startAll()).toEqual({ action: 'start', done: 0, total: 4, failed: 0 });
    await house.clock.advance(500);
    expect(house.servers.launches.map(({ file }) => file.modelId)).toEqual(['m1', 'm2']);
    expect(house.manager.activity.bulk).toMatchObject({ done: 0, total: 4 });
    await house.clock.advance(1000);
    expect(house.servers.launches.map(({ file }) => file.modelId)).toEqual(['m1', 'm2', 'm3', 'm0']);
    await house.clock.advance(1000);
    expect(progress(house).at(-1)).toEqual(['start', 4, 4, 0]);
    expect(house.manager.activity.bulk).toBeNull();
    expect(house.manager.list().every(({ state }) => state === 'ready')).toBe(true);
    await house.dispose();
  });

  it('leaves out what runs, what is disabled, and what is not ours', async () => {
    const house = await slowHouse(3);
    const backend = new FakeBackend('llama-router');
    backend.reading = { ...backend.reading, models: [fakeBackendModel('theirs', 'unloaded')] };
    house.network.backends.set('h:1', backend);
    await house.manager.attach({ url: 'http://h:1' });
    await house.manager.update('m0', { enabled: false });
    await house.manager.start('m1');
    await house.clock.advance(2000);
    expect(house.manager.startAll().total).toBe(1);
    await house.clock.advance(5000);
    expect(house.servers.launches.map(({ file }) => file.modelId)).toEqual(['m1', 'm2']);
    expect(backend.commands).toEqual([]);
    await house.dispose();
  });

  it('counts those that do not get there, and goes on', async () => {
    const house = await slowHouse(3, new FakeHouse(3, { portRange: { from: 8100, to: 8101 } }));
    house.servers.onProcess = (process) => process.modelId === 'm0' && process.crash('model_unreadable');
    house.manager.startAll();
    await house.clock.advance(10_000);
    expect(progress(house)).toEqual([
      ['start', 0, 3, 0],
      ['start', 1, 3, 1],
      ['start', 2, 3, 1],
      ['start', 3, 3, 1],
    ]);
    expect(['m0', 'm1', 'm2'].map((id) => house.state(id))).toEqual(['failed', 'ready', 'ready']);
    await house.dispose();
  });

  it('is joined by a second one, and over at once when there is nothing to do', async () => {
    const house = await slowHouse(2);
    house.manager.startAll();
    const joined = house.manager.startAll();
    expect(joined.total).toBe(2);
    await house.clock.advance(5000);
    expect(house.servers.launches).toHaveLength(2);
    expect(house.manager.startAll()).toEqual({ action: 'start', done: 0, total: 0, failed: 0 });
    expect(house.manager.activity.bulk).toBeNull();
    expect(progress(house).at(-1)).toEqual(['start', 0, 0, 0]);
    await house.dispose();
  });
});

describe('a stop of all', () => {
  it('calls off the rest of a start of all, and stops what that has begun', async () => {
    const house = await slowHouse(4);
    house.manager.startAll();
    await house.clock.advance(500);
    expect(house.manager.stopAll().total).toBe(2);
    await house.clock.advance(60_000);
    expect(house.servers.launches).toHaveLength(2);
    expect(house.manager.list().every(({ state }) => state === 'offline')).toBe(true);
    expect(progress(house).filter(([action, done]) => action === 'start' && Number(done) > 0)).toEqual([]);
    expect(progress(house).at(-1)).toEqual(['stop', 2, 2, 0]);
    await house.dispose();
  });

  it('calls off restarts of crashed models too', async () => {
    const house = await slowHouse(1);
    await house.manager.start('m0');
    await house.clock.advance(1000);
    house.servers.newest.crash();
    await house.clock.advance(0);
    expect(house.state()).toBe('backoff');
    expect(house.manager.stopAll().total).toBe(1);
    await house.clock.advance(60_000);
    expect([house.state(), house.servers.launches.length]).toEqual(['offline', 1]);
    await house.dispose();
  });
});

describe('a stop of all', () => {
  it('ends although someone starts one of them again meanwhile', async () => {
    const house = new FakeHouse(2);
    await house.hub.open();
    house.servers.stopMs = 500;
    house.manager.startAll();
    await house.clock.advance(3000);
    expect(house.manager.stopAll().total).toBe(2);
    await house.manager.start('m0');
    await house.clock.advance(60_000);
    expect(house.manager.activity.bulk).toBeNull();
    expect([house.state('m0'), house.state('m1')]).toEqual(['ready', 'offline']);
    await house.dispose();
  });
});

describe('dispose', () => {
  it('F27 begins nothing more of a start of all', async () => {
    const house = await slowHouse(4);
    house.manager.startAll();
    await house.clock.advance(500);
    await house.dispose();
    expect([house.servers.launches.length, house.servers.alive.length, house.clock.timerCount]).toEqual([
      2, 0, 0,
    ]);
    expect(house.manager.activity.bulk).toBeNull();
  });
});
