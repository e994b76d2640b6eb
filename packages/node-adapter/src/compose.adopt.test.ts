import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { HubHouse, ready } from './hub-house.fixture.js';
import { identify } from './process/process-identity.js';

const house = HubHouse.forEachTest();
const adopting = { onExit: 'adopt' } as const;

describe('a server that outlives its hubs', () => {
  it('keeps its pid and its log over two hand-overs, and is ended by a hub that leaves none', async () => {
    const first = await house.make(house.fake(), adopting);
    const pid = await ready(first.hub, first.id);
    await first.hub.dispose();
    for (let handOver = 0; handOver < 2; handOver++) {
      const { hub, id } = await house.make(house.fake(), adopting);
      expect((await hub.modelManager.whenReady(id, AbortSignal.timeout(5000))).pid).toBe(pid);
      await vi.waitFor(async () => expect((await hub.modelDetails(id)).logTail.length).toBeGreaterThan(0));
      await hub.dispose();
      expect(await readdir(path.join(house.folder, 'state', 'logs'))).toHaveLength(1);
    }
    await house.make();
    expect(await identify(pid)).toBeUndefined();
    expect(await readdir(path.join(house.folder, 'state', 'logs'))).toEqual([]);
  });

  it('lives on while its models folder is away', async () => {
    const first = await house.make(house.fake(), adopting);
    const pid = await ready(first.hub, first.id);
    await first.hub.dispose();
    const away = await house.make(house.fake(), { ...adopting, modelsDir: path.join(house.folder, 'away') });
    await away.hub.dispose();
    expect(await identify(pid)).toBeDefined();
    const back = await house.make(house.fake(), adopting);
    expect((await back.hub.modelManager.whenReady(back.id, AbortSignal.timeout(5000))).pid).toBe(pid);
    await back.hub.stopModel(back.id);
    await back.hub.modelManager.whenStopped(back.id, AbortSignal.timeout(5000));
  });
});
