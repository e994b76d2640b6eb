import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventHub } from './event-hub.js';
import { FakeHouse } from './models/fake-servers.fixture.js';
import { type ModelState, modelStates } from './models/model-state.js';
import { Sampler } from './sampler.js';
import { SimulatedClock } from './testing/simulated-clock.js';
import { SimulatedHub } from './testing/simulated-hub.js';
import { simulatedModel } from './testing/simulated-model.js';

/** Everything that a house can leave behind. */
const leftovers = ({ clock, events, servers }: FakeHouse) => ({
  timers: clock.timerCount,
  listeners: events.listenerCount,
  probes: servers.openProbes,
  processes: servers.alive.length,
});
const nothing = { timers: 0, listeners: 0, probes: 0, processes: 0 };

/** Brings the first model of a new house into a state. */
const into: Record<ModelState, (house: FakeHouse) => Promise<void>> = {
  offline: async () => undefined,
  starting: async (house) => {
    house.servers.launchMs = 1e6;
    house.manager.start('m0');
    await house.clock.advance(100);
  },
  loading: async (house) => {
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    await house.clock.advance(100);
  },
  ready: async (house) => {
    house.manager.start('m0');
    await house.clock.advance(2000);
  },
  unhealthy: async (house) => {
    await into.ready(house);
    house.servers.newest.frozen = true;
    await house.clock.advance(4100);
  },
  sleeping: async (house) => {
    await into.ready(house);
    house.servers.newest.condition = 'sleeping';
    await house.clock.advance(1000);
  },
  stopping: async (house) => {
    await into.ready(house);
    house.servers.newest.stop = async () => {
      await new Promise<void>((resolve) => house.clock.setTimeout(resolve, 12_000));
      house.servers.newest.crash();
      return house.servers.newest.exited;
    };
    house.manager.restart('m0');
    await house.clock.advance(100);
  },
  backoff: async (house) => {
    await into.ready(house);
    house.servers.newest.crash();
    await house.clock.advance(0);
  },
  failed: async (house) => {
    await into.ready(house);
    house.servers.newest.crash('model_unreadable');
    await house.clock.advance(0);
  },
};

describe('Hub.dispose', () => {
  it.each(modelStates)('leaves nothing of a model that is %s, and resolves only then', async (state) => {
    const house = new FakeHouse();
    await house.hub.open();
    await into[state](house);
    expect(house.state()).toBe(state);
    house.hub.subscribe('models:sampled', () => undefined);
    let atEnd: unknown;
    const disposed = house.hub.dispose().then(() => (atEnd = leftovers(house)));
    await house.clock.advance(13_000);
    expect(atEnd).toEqual(nothing);
    await disposed;
    await house.hub.dispose();
    expect(leftovers(house)).toEqual(nothing);
  });

  it('leaves nothing after 1,000 lives, each with some use', async () => {
    for (let life = 0; life < 1000; life++) {
      const house = new FakeHouse(2);
      house.hub.subscribe('model:state-changed', () => undefined);
      await house.hub.open();
      house.manager.start('m0');
      await house.clock.advance(1500);
      await house.dispose();
      expect(leftovers(house)).toEqual(nothing);
    }
  });

  it('leaves nothing of a hub that was never opened', async () => {
    const house = new FakeHouse();
    await house.hub.dispose();
    expect(leftovers(house)).toEqual(nothing);
  });
});

describe('other classes that hold something', () => {
  it('hold nothing after their end, whatever was done with them', async () => {
    const use = fc.array(fc.constantFrom('start', 'stop', 'advance', 'subscribe', 'emit'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(use, async (uses) => {
        const clock = new SimulatedClock();
        const sampler = new Sampler({ onTick: async () => undefined }, clock);
        const events = new EventHub<{ tick: number }>();
        const hub = new SimulatedHub([simulatedModel({ modelId: 'a' })]);
        const undo: (() => void)[] = [];
        for (const what of uses) {
          if (what === 'start') sampler.start();
          else if (what === 'stop') await sampler.stop();
          else if (what === 'advance') await clock.advance(1700);
          else if (what === 'emit') events.emit('tick', 1);
          else {
            events.subscribe('tick', () => undefined);
            events.subscribeAny(() => undefined);
            undo.push(hub.subscribe('models:sampled', () => undefined));
          }
        }
        await sampler.stop();
        events.dispose();
        for (const unsubscribe of undo) unsubscribe();
        expect([clock.timerCount, events.listenerCount, hub.listenerCount]).toEqual([0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });
});
