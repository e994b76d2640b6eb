import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { fakeLeftRunning } from './fake-process.fixture.js';
import { FakeHouse } from './fake-servers.fixture.js';
import { InMemoryModelStore } from './in-memory-model-store.js';

/** A hub that ran `m0` for `seconds`, and then went without stopping it. */
async function wentAway(seconds: number, store = new InMemoryModelStore()) {
  const house = new FakeHouse(2, { store, onExit: 'adopt' });
  await house.hub.open();
  await house.manager.start('m0');
  await house.clock.advance(0);
  await house.clock.advance(seconds * 1000);
  const wire = house.manager.seriesWire()[0]!;
  await house.dispose();
  return { store, clock: house.clock, wire };
}

/** The hub that comes after it, and takes `m0` over. */
async function cameBack(store: InMemoryModelStore, clock: SimulatedClock): Promise<FakeHouse> {
  const house = new FakeHouse(2, { store, leftRunning: [fakeLeftRunning('m0', 8100, clock)] }, clock);
  await house.hub.open();
  return house;
}

describe('the windows of a server that went on without its hub', () => {
  it('come back with a gap as long as nobody watched', async () => {
    const { store, clock, wire } = await wentAway(5);
    // The end of the first house took a minute of its clock.
    clock.jumpWallTime(-60_000 + 7000);
    const house = await cameBack(store, clock);
    const [back, other] = house.manager.seriesWire();
    expect(back?.valid.memoryGb).toEqual([...wire.valid.memoryGb, ...Array<boolean>(7).fill(false)]);
    expect(back?.memoryGb.slice(0, 5)).toEqual(wire.memoryGb);
    expect(other?.memoryGb).toEqual([]);
    await house.clock.advance(1000);
    expect(house.manager.seriesWire()[0]?.currentMemoryGb).toBe(2);
    await house.dispose();
  });

  it('are all gap after a night, and have one unknown slot at least when the wall clock went back', async () => {
    const night = await wentAway(5);
    night.clock.jumpWallTime(8 * 3_600_000);
    const late = await cameBack(night.store, night.clock);
    expect(late.manager.seriesWire()[0]?.valid.latencyMs).toEqual(Array(20).fill(false));
    await late.dispose();
    const dst = await wentAway(5);
    dst.clock.jumpWallTime(-7_200_000);
    const early = await cameBack(dst.store, dst.clock);
    expect(early.manager.seriesWire()[0]?.valid.latencyMs).toEqual([true, true, true, true, true, false]);
    await early.dispose();
  });

  it('are saved every five seconds, for a hub that is killed and has no last word', async () => {
    const store = new InMemoryModelStore();
    const save = store.saveSeries.bind(store);
    let saves = 0;
    store.saveSeries = (series) => ((saves += 1), save(series));
    const house = new FakeHouse(2, { store, onExit: 'adopt' });
    await house.hub.open();
    await house.manager.start('m1');
    await house.clock.advance(0);
    await house.clock.advance(20_000);
    expect(saves).toBe(4);
    expect([...(await store.loadSeries()).keys()]).toEqual(['m1']);
    await house.dispose();
    expect(saves).toBe(5);
  });

  it('are not saved where servers end with the hub', async () => {
    const store = new InMemoryModelStore();
    store.saveSeries = () => expect.fail('saved');
    const house = await FakeHouse.ready({ store });
    await house.clock.advance(20_000);
    await house.dispose();
  });

  it('may fail to be saved or read: the hub goes on without them', async () => {
    const store = new InMemoryModelStore();
    store.saveSeries = () => Promise.reject(new Error('disk full'));
    store.loadSeries = () => Promise.reject(new Error('unreadable'));
    const { clock } = await wentAway(12, store);
    const house = await cameBack(store, clock);
    await house.clock.advance(2000);
    expect(house.state()).toBe('ready');
    expect(house.manager.seriesWire()[0]?.valid.memoryGb).toEqual([true, true]);
    await house.dispose();
  });
});
