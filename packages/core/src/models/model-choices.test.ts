import { describe, expect, it } from 'vitest';
import { FakeHouse, fakeFile } from './fake-servers.fixture.js';
import { InMemoryModelStore } from './in-memory-model-store.js';
import { noChoices } from './managed-model.js';
import { ChoiceBook } from './model-choices.js';
import { defaultModelSettings } from './model-settings.js';
import { PortAllocator } from './port-range.js';

/** A book over a store whose saves wait until they are let go, or fail. */
function slowBook() {
  const store = new InMemoryModelStore();
  const ports = new PortAllocator({ from: 8100, to: 8102 });
  const saves: { done: () => void; fail: (error: Error) => void }[] = [];
  const save = store.saveChoices.bind(store);
  store.saveChoices = (modelId, choices) =>
    new Promise<void>((resolve, reject) =>
      saves.push({ done: () => void save(modelId, choices).then(resolve), fail: reject }),
    );
  return { store, ports, saves, book: new ChoiceBook(store, ports, defaultModelSettings) };
}
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('ChoiceBook', () => {
  it('takes a change in only once it is kept', async () => {
    const { book, ports, saves, store } = slowBook();
    const changed = book.change('a', { pinned: true, port: 8101 });
    await turns();
    expect([book.of('a'), ports.ownerOf(8101, 'b')]).toEqual([undefined, undefined]);
    saves[0]!.done();
    const choices = { ...noChoices, pinned: true, port: 8101 };
    await expect(changed).resolves.toEqual(choices);
    expect([book.of('a'), ports.ownerOf(8101, 'b')]).toEqual([choices, 'a']);
    expect((await store.loadChoices()).get('a')).toEqual(choices);
  });

  it('changes nothing when it cannot be kept, and takes the next change all the same', async () => {
    const { book, ports, saves } = slowBook();
    const failed = book.change('a', { pinned: true, port: 8101 });
    const next = book.change('a', { enabled: false });
    await turns();
    saves[0]!.fail(new Error('disk full'));
    await expect(failed).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    await turns();
    saves[1]!.done();
    await expect(next).resolves.toEqual({ ...noChoices, enabled: false });
    expect(ports.ownerOf(8101, 'b')).toBeUndefined();
  });

  it('lets two changes at once not undo each other, nor both have one port', async () => {
    const { book, saves } = slowBook();
    const both = [book.change('a', { pinned: true }), book.change('a', { enabled: false, port: 8100 })];
    const rival = book.change('b', { port: 8100 });
    const refused = expect(rival).rejects.toMatchObject({ code: 'invalid_settings' });
    for (let i = 0; i < 2; i++) {
      await turns();
      expect(saves).toHaveLength(i + 1);
      saves[i]!.done();
    }
    await Promise.all(both);
    await refused;
    expect(book.of('a')).toEqual({ ...noChoices, pinned: true, enabled: false, port: 8100 });
  });

  it('names every field that is wrong, and then changes none', async () => {
    const { book, saves } = slowBook();
    const patch = JSON.parse(
      '{"port": 9000, "tierOverride": "huge", "enabled": "yes", "pinned": 1, "settings": {"ctxSize": -1, "path": "/"}}',
    ) as object;
    await expect(book.change('a', patch)).rejects.toMatchObject({
      code: 'invalid_settings',
      retryable: false,
      details: {
        fields: {
          port: 'Expected a port from 8100 to 8102',
          tierOverride: 'Expected one of fast, balanced, powerful',
          enabled: 'Expected true or false',
          pinned: 'Expected true or false',
          ctxSize: 'Expected a whole number from 0 to 16777216',
          path: 'There is no such setting',
        },
      },
    });
    expect([saves.length, book.of('a')]).toEqual([0, undefined]);
  });

  it.each([8099, 8103, 8100.5, Number.NaN, '8100'])('refuses the port %s', async (port) => {
    const { book } = slowBook();
    await expect(book.change('a', { port: port as number })).rejects.toMatchObject({
      code: 'invalid_settings',
    });
  });

  it('goes back to the default with null, field by field, and leaves what is absent', async () => {
    const book = new ChoiceBook(new InMemoryModelStore(), new PortAllocator(), defaultModelSettings);
    await book.change('a', { port: 8105, tierOverride: 'fast', settings: { ctxSize: 1, nThreads: 2 } });
    const after = await book.change('a', { port: null, settings: { ctxSize: null } });
    expect(after).toEqual({ ...noChoices, tierOverride: 'fast', overrides: { nThreads: 2 } });
    expect(await book.change('a', { tierOverride: null })).toEqual({
      ...noChoices,
      overrides: { nThreads: 2 },
    });
  });

  it('keeps what people changed of the defaults apart from what is built in', async () => {
    const store = new InMemoryModelStore();
    const book = new ChoiceBook(store, new PortAllocator(), defaultModelSettings);
    await book.changeDefaults({ nThreads: 2, extraFlags: ['--jinja'] });
    await expect(book.changeDefaults({ batchSize: 0 })).rejects.toMatchObject({ code: 'invalid_settings' });
    const settings = { ...defaultModelSettings, nThreads: 2, extraFlags: ['--jinja'] };
    const portRange = { from: 8100, to: 8199 };
    expect(book.defaults).toEqual({ settings, builtIn: defaultModelSettings, portRange });
    const later = new ChoiceBook(store, new PortAllocator(), { ...defaultModelSettings, batchSize: 64 });
    await later.load();
    expect(later.defaults.settings).toEqual({ ...settings, batchSize: 64 });
    await later.changeDefaults({ nThreads: null, extraFlags: null });
    expect(await store.loadDefaults()).toEqual({});
    store.saveDefaults = async () => Promise.reject(new Error('disk full'));
    await expect(later.changeDefaults({ nThreads: 3 })).rejects.toMatchObject({ code: 'store_failed' });
    expect(later.defaults.settings.nThreads).toBe(defaultModelSettings.nThreads);
  });
});

describe('what a person chose', () => {
  it('holds over the end of a hub, also for a model that is not there at the moment', async () => {
    const store = new InMemoryModelStore();
    const first = new FakeHouse(2, { store });
    await first.hub.open();
    await first.manager.update('m1', { port: 8100, pinned: true, settings: { ctxSize: 1024 } });
    await first.dispose();
    const second = new FakeHouse(1, { store });
    await second.hub.open();
    await second.manager.start('m0');
    expect(second.manager.get('m0')?.port).toBe(8101);
    second.servers.files = [fakeFile(0), fakeFile(1)];
    await second.manager.scan();
    await second.manager.start('m1');
    await second.clock.advance(0);
    expect(second.servers.launches[1]).toMatchObject({ port: 8100, settings: { ctxSize: 1024 } });
    expect(second.manager.get('m1')).toMatchObject({ pinned: true, overrides: { ctxSize: 1024 } });
    await second.dispose();
  });

  it('holds from the next start on, and says that a restart is needed until then', async () => {
    const house = await FakeHouse.ready();
    const needed = () => house.manager.get('m0')?.restartNeeded;
    await house.manager.update('m0', { settings: { ctxSize: 1024 } });
    expect([needed(), house.servers.launches.length]).toEqual([true, 1]);
    await house.manager.update('m0', { settings: { ctxSize: null } });
    expect(needed()).toBe(false);
    await house.manager.updateDefaults({ nThreads: 3 });
    expect(needed()).toBe(true);
    await house.manager.update('m0', { port: 8150 });
    await house.manager.restart('m0');
    await house.clock.advance(1000);
    expect(house.servers.launches[1]).toMatchObject({ port: 8150, settings: { nThreads: 3 } });
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', port: 8150, restartNeeded: false });
    await house.dispose();
  });

  it('tells everyone once, with the whole model', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    const status = await house.manager.update('m0', { pinned: true });
    await house.clock.advance(3000);
    expect(house.of('model:updated')).toEqual([{ model: status }]);
    await house.dispose();
  });

  it('is refused for an unknown model, and when another model has or holds the port', async () => {
    const house = new FakeHouse(2);
    await house.hub.open();
    await expect(house.manager.update('nobody', {})).rejects.toMatchObject({ code: 'unknown_model' });
    await house.manager.start('m0');
    const taken = {
      code: 'invalid_settings',
      details: { fields: { port: 'Another model has this port: m0' } },
    };
    await expect(house.manager.update('m1', { port: 8100 })).rejects.toMatchObject(taken);
    await house.manager.update('m0', { port: 8120 });
    await expect(house.manager.update('m1', { port: 8120 })).rejects.toMatchObject(taken);
    await house.dispose();
  });

  it('keeps a disabled model from starting, and lets one that runs go on until it ends', async () => {
    const house = await FakeHouse.ready();
    await house.manager.update('m0', { enabled: false });
    expect(house.state()).toBe('ready');
    await expect(house.manager.start('m0')).rejects.toMatchObject({ code: 'model_disabled' });
    await expect(house.manager.restart('m0')).rejects.toMatchObject({ code: 'model_disabled' });
    house.servers.newest.crash();
    await house.clock.advance(120_000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'model_disabled' });
    expect(house.servers.launches).toHaveLength(1);
    await house.dispose();
  });

  it('calls the restart of a crashed model off when it is disabled, and fails a start that waits', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash();
    await house.clock.advance(0);
    await house.manager.update('m0', { enabled: false });
    expect([house.state(), house.clock.timerCount]).toEqual(['offline', 1]);
    await house.manager.update('m0', { enabled: true });
    await house.manager.start('m0');
    await house.clock.advance(0);
    house.servers.newest.stop = async () => {
      await new Promise<void>((resolve) => house.clock.setTimeout(resolve, 1000));
      house.servers.newest.crash();
      return house.servers.newest.exited;
    };
    await house.manager.restart('m0');
    await house.manager.update('m0', { enabled: false });
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'failed',
      failureCode: 'model_disabled',
      port: null,
    });
    await house.dispose();
  });
});
