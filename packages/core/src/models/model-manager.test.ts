import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FakeHouse, fakeFile } from './fake-servers.fixture.js';
import type { ScanResult } from './ports.js';

describe('ModelManager.scan', () => {
  it('lists what it finds, offline and without a port, and announces it', async () => {
    const house = new FakeHouse(2).listen();
    house.servers.rejected = [{ filename: 'x.gguf', code: 'not_gguf', reason: 'Not a GGUF file' }];
    await house.hub.open();
    expect(house.manager.list().map(({ modelId, state, port }) => [modelId, state, port])).toEqual([
      ['m0', 'offline', null],
      ['m1', 'offline', null],
    ]);
    expect(house.of('models:scanned')).toEqual([
      { models: house.manager.list(), rejected: house.servers.rejected },
    ]);
    await house.dispose();
  });

  it.each(['offline', 'failed'] as const)(
    'drops a model that is gone and %s, and gives its port away',
    async (state) => {
      const house = new FakeHouse(1);
      await house.hub.open();
      if (state === 'failed') {
        house.servers.onProcess = (process) => process.crash('model_unreadable');
        house.manager.start('m0');
        await house.clock.advance(100);
      }
      expect(house.state()).toBe(state);
      house.servers.files = [fakeFile(1)];
      await house.manager.scan();
      expect(house.manager.list()).toMatchObject([{ modelId: 'm1', port: null }]);
      await house.manager.start('m1');
      expect(house.manager.get('m1')).toMatchObject({ port: 8100 });
      await house.dispose();
    },
  );

  it('keeps a model that runs although its file is gone', async () => {
    const house = await FakeHouse.ready();
    house.servers.files = [];
    await house.manager.scan();
    expect(house.state()).toBe('ready');
    house.manager.stop('m0');
    await house.clock.advance(0);
    await house.manager.scan();
    expect(house.manager.list()).toEqual([]);
    await house.dispose();
  });

  it('keeps the series of a model over scans', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    const series = house.manager.series('m0');
    await house.manager.scan();
    expect(house.manager.series('m0')).toBe(series);
    expect(series?.memoryGb.length).toBe(2);
    await house.dispose();
  });

  it('scans once more for all that ask while it scans, so that a slow scan undoes nothing', async () => {
    const house = new FakeHouse(0);
    await house.hub.open();
    const answers: ((found: ScanResult) => void)[] = [];
    house.servers.scan = () => new Promise((resolve) => answers.push(resolve));
    const scans = Array.from({ length: 5 }, () => house.manager.scan());
    answers[0]!({ files: [fakeFile(0)], rejected: [] });
    await house.clock.advance(0);
    answers[1]!({ files: [fakeFile(0), fakeFile(1)], rejected: [] });
    await Promise.all(scans);
    expect(answers).toHaveLength(2);
    expect(house.manager.list().map(({ modelId }) => modelId)).toEqual(['m0', 'm1']);
    await house.dispose();
  });

  it('changes nothing when it ends after dispose', async () => {
    const house = new FakeHouse(1).listen();
    const opened = house.hub.open();
    await house.manager.dispose();
    await opened;
    expect([house.manager.list(), house.heard, house.clock.timerCount]).toEqual([[], [], 0]);
  });
});

describe('ModelManager sampling', () => {
  it('adds one slot a tick and sends only those that differ from the last', async () => {
    const house = await FakeHouse.ready();
    const { newest } = house.servers;
    await house.clock.advance(1000);
    newest.tokens = 40;
    await house.clock.advance(1000);
    await house.clock.advance(1000);
    await house.clock.advance(1000);
    const wire = { modelId: 'm0', memoryGb: 2, latencyMs: 5 };
    expect(house.of('models:sampled').map(({ tick, samples }) => [tick, samples])).toEqual([
      [1, [{ ...wire, tokensPerSecond: 0 }]],
      [2, [{ ...wire, tokensPerSecond: 40 }]],
      [3, [{ ...wire, tokensPerSecond: 0 }]],
      [4, []],
    ]);
    expect(house.manager.seriesWire()[0]?.tokensPerSecond).toEqual([0, 40, 0, 0]);
    await house.dispose();
  });

  it('gives the slots of all models to one tick, also when one of them hangs', async () => {
    const house = new FakeHouse(3).listen();
    await house.hub.open();
    for (const modelId of ['m0', 'm1', 'm2']) house.manager.start(modelId);
    await house.clock.advance(0);
    house.servers.processes[1]!.frozen = true;
    await house.clock.advance(1800);
    expect(house.of('models:sampled')).toMatchObject([
      { tick: 1, samples: [{ modelId: 'm0' }, { modelId: 'm2' }] },
    ]);
    expect(house.manager.seriesWire().map(({ latencyMs }) => latencyMs.length)).toEqual([1, 1, 1]);
    await house.dispose();
  });

  it('gives a model that is found during a tick an unknown slot for it, as readers of the event do', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.frozen = true;
    await house.clock.advance(1100);
    house.servers.files = [fakeFile(0), fakeFile(1)];
    await house.manager.scan();
    await house.clock.advance(1000);
    expect(house.manager.seriesWire().map(({ valid }) => valid.memoryGb.length)).toEqual([1, 1]);
    await house.dispose();
  });

  it('announces other facts at most once a tick, and what every tick changes not at all', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(5000);
    expect(house.of('model:updated')).toEqual([]);
    house.servers.newest.tally = { requestCount: 3, errorCount: 1, totalResponseTimeMs: 12.5 };
    await house.clock.advance(5000);
    expect(house.of('model:updated')).toMatchObject([{ model: { requestCount: 3, errorCount: 1 } }]);
    await house.dispose();
  });

  it('does not probe a model that does not run', async () => {
    const house = new FakeHouse(3);
    await house.hub.open();
    await house.clock.advance(5000);
    expect(house.servers.openProbes).toBe(0);
    expect(house.manager.seriesWire()[0]).toMatchObject({
      currentMemoryGb: null,
      currentTokensPerSecond: null,
    });
    await house.dispose();
  });
});

describe('ModelManager commands', () => {
  it.each(['startModel', 'stopModel', 'restartModel', 'modelAccess', 'modelDetails'] as const)(
    'refuse %s of an unknown model',
    async (command) => {
      const { hub } = new FakeHouse(0);
      for (const modelId of ['nobody', '__proto__', 'toString']) {
        await expect(hub[command](modelId)).rejects.toEqual(
          expect.objectContaining({ code: 'unknown_model', retryable: false, details: { modelId } }),
        );
      }
    },
  );

  it('F22 refuse a start when every port is held, and leave the others alone', async () => {
    const house = new FakeHouse(3, { portRange: { from: 8100, to: 8101 } });
    await house.hub.open();
    await house.manager.start('m0');
    await house.manager.start('m1');
    await expect(house.manager.start('m2')).rejects.toMatchObject({ code: 'no_port_available' });
    await house.clock.advance(0);
    expect(['m0', 'm1', 'm2'].map((id) => house.state(id))).toEqual(['ready', 'ready', 'offline']);
    await house.manager.stop('m0');
    await house.clock.advance(0);
    await house.manager.start('m2');
    await house.clock.advance(0);
    expect(house.manager.get('m2')).toMatchObject({ state: 'ready', port: 8100 });
    await house.dispose();
  });

  it('refuse starts after dispose', async () => {
    const house = await FakeHouse.ready();
    await house.dispose();
    const disposed = expect.objectContaining({ code: 'disposed' });
    await expect(house.manager.start('m0')).rejects.toEqual(disposed);
    await expect(house.manager.restart('m0')).rejects.toEqual(disposed);
    await expect(house.hub.startModel('m0')).rejects.toEqual(disposed);
    await expect(house.hub.startAllModels()).rejects.toEqual(disposed);
  });

  it('tell where a running model can be called, and that the answer may come later when it does not run', async () => {
    const house = await FakeHouse.ready();
    expect(house.manager.access('m0')).toEqual({ baseUrl: 'http://127.0.0.1:8100', apiKey: 'client' });
    house.manager.stop('m0');
    await house.clock.advance(0);
    expect(() => house.manager.access('m0')).toThrow(
      expect.objectContaining({ code: 'action_not_supported', retryable: true }),
    );
    await house.dispose();
  });
});

describe('ModelManager.whenReady', () => {
  it('resolves when the model is ready, and at once when it is already', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.manager.start('m0');
    const ready = house.manager.whenReady('m0');
    await house.clock.advance(0);
    await expect(ready).resolves.toMatchObject({ state: 'ready' });
    await expect(house.manager.whenReady('m0')).resolves.toMatchObject({ state: 'ready' });
    expect(house.addedListeners).toBe(0);
    await house.dispose();
  });

  it('waits through a restart', async () => {
    const house = await FakeHouse.ready();
    house.servers.launchMs = 100;
    house.manager.restart('m0');
    const ready = house.manager.whenReady('m0');
    await house.clock.advance(1000);
    await expect(ready).resolves.toMatchObject({ pid: 1001 });
    await house.dispose();
  });

  it('rejects with the reason and the log when this start will not make it', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.servers.onProcess = (process) => process.crash('bad_args', 'Unknown argument');
    house.manager.start('m0');
    const ready = house.manager.whenReady('m0');
    const refused = expect(ready).rejects.toMatchObject({
      code: 'start_failed',
      retryable: false,
      message: 'Unknown argument',
      details: { failureCode: 'bad_args', logTail: ['log of 1000'] },
    });
    await house.clock.advance(0);
    await refused;
    expect(house.addedListeners).toBe(0);
    await house.dispose();
  });

  it('rejects as retryable when the model crashed and will be started again', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.servers.onProcess = (process) => process.crash();
    house.manager.start('m0');
    const refused = expect(house.manager.whenReady('m0')).rejects.toMatchObject({
      code: 'start_failed',
      retryable: true,
    });
    await house.clock.advance(0);
    await refused;
    await house.dispose();
  });

  it('rejects with the reason of its signal and leaves no listener', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    const stop = new AbortController();
    const refused = expect(house.manager.whenReady('m0', stop.signal)).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await refused;
    expect([house.addedListeners, getEventListeners(stop.signal, 'abort').length]).toEqual([0, 0]);
    await house.dispose();
  });

  it('settles when the manager is disposed', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    const refused = expect(house.manager.whenReady('m0')).rejects.toMatchObject({ code: 'start_failed' });
    await house.dispose();
    await refused;
  });
});

describe('ModelManager.whenStopped', () => {
  it('resolves when no process is left and none is coming', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash();
    await house.clock.advance(0);
    let stopped = false;
    const waiting = house.manager.whenStopped('m0').then(() => (stopped = true));
    await house.clock.advance(900);
    expect(stopped).toBe(false);
    house.manager.stop('m0');
    await waiting;
    expect(house.state()).toBe('offline');
    await house.dispose();
  });

  it('does not take the offline moment of a restart for the end', async () => {
    const house = await FakeHouse.ready();
    let stopped = false;
    void house.manager.whenStopped('m0').then(() => (stopped = true));
    house.manager.restart('m0');
    await house.clock.advance(2000);
    expect([house.state(), stopped]).toEqual(['ready', false]);
    await house.dispose();
  });
});

describe('ModelManager.dispose', () => {
  it('waits for a server whose stop a listener has just begun', async () => {
    const house = await FakeHouse.ready();
    const { newest } = house.servers;
    const stop = newest.stop.bind(newest);
    newest.stop = async () => {
      await new Promise<void>((resolve) => house.clock.setTimeout(resolve, 3000));
      return stop();
    };
    let aliveAtEnd: number | undefined;
    house.events.subscribe('model:state-changed', ({ model }) => {
      if (model.state === 'stopping')
        void house.manager.dispose().then(() => (aliveAtEnd = house.servers.alive.length));
    });
    house.manager.stop('m0');
    await house.clock.advance(10_000);
    expect(aliveAtEnd).toBe(0);
  });
});
