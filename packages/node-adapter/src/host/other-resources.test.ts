import { describe, expect, it } from 'vitest';
import { ListedGpus } from './listed-gpus.js';
import { OtherResources, type OtherResourcesOptions } from './other-resources.js';

const settle = () => new Promise(setImmediate);

/** A machine with two processors, which are busy for `busy` of `total` ms each. */
function machine(options: Partial<OtherResourcesOptions>) {
  const state = { nowMs: 0, busy: 0, total: 0, asked: 0 };
  const times = () => ({ user: state.busy, nice: 0, sys: 0, irq: 0, idle: state.total - state.busy });
  const resources = new OtherResources({
    cpus: () => [{ times: times() }, { times: times() }],
    totalBytes: () => 32e9,
    freeBytes: () => 8e9,
    availableBytes: async () => {
      state.asked += 1;
      return 20e9;
    },
    now: () => state.nowMs,
    ...options,
  });
  return { state, resources };
}

describe('OtherResources', () => {
  it('reads Windows from the runtime alone', () => {
    const { state, resources } = machine({ platform: 'win32' });
    expect(resources.read()).toEqual({
      cpuPercent: null,
      cpuCount: 2,
      ramUsed: 24e9,
      ramTotal: 32e9,
      ramLimit: 'host',
      memoryPressurePercent: null,
    });
    Object.assign(state, { busy: 250, total: 1000 });
    expect(resources.read().cpuPercent).toBe(25);
    expect(state.asked).toBe(0);
  });

  it('does not call caches of macOS used, and asks for them at most each 5 s', async () => {
    const { state, resources } = machine({ platform: 'darwin' });
    expect(resources.read().ramUsed).toBeNull();
    await settle();
    for (let i = 0; i < 10; i++) expect(resources.read().ramUsed).toBe(12e9);
    expect(state.asked).toBe(1);
    state.nowMs = 5000;
    resources.read();
    expect(state.asked).toBe(2);
    resources.close();
  });

  it.each([
    ['fails', async () => Promise.reject(new Error('no vm_stat'))],
    ['answers more than there is', async () => 40e9],
    ['answers nothing', async () => Number.NaN],
  ])('leaves the use unknown when the system %s', async (_, availableBytes) => {
    const { resources } = machine({ platform: 'darwin', availableBytes });
    resources.read();
    await settle();
    expect(resources.read()).toMatchObject({ ramUsed: null, ramTotal: 32e9 });
  });

  it('forgets an answer after 15 s, and never asks twice at once', async () => {
    let asked = 0;
    const availableBytes = () => (asked++ === 0 ? Promise.resolve(2e9) : new Promise<number>(() => {}));
    const { state, resources } = machine({ platform: 'darwin', availableBytes });
    resources.read();
    await settle();
    for (const [nowMs, ramUsed] of [
      [5000, 30e9],
      [15_000, 30e9],
      [15_001, null],
    ] as const) {
      state.nowMs = nowMs;
      expect(resources.read().ramUsed).toBe(ramUsed);
    }
    expect(asked).toBe(2);
  });

  it('has what it takes of systeminformation', async () => {
    const { resources } = machine({ platform: 'darwin' });
    const real = new OtherResources({ platform: 'darwin' });
    real.read();
    await expect.poll(() => real.read().ramUsed, { timeout: 10_000 }).toBeGreaterThan(0);
    resources.close();
  });
});

describe('ListedGpus', () => {
  const none = { vramUsed: null, utilizationPercent: null, temperatureC: null, powerW: null };

  it('has one memory on Apple silicon', async () => {
    const list = async () => [{ vendor: 'Apple', model: 'Apple M3 Pro', vram: null }];
    const gpus = new ListedGpus({ platform: 'darwin', architecture: 'arm64', list });
    expect(gpus.read()).toEqual([]);
    await gpus.open();
    expect(gpus.read()).toEqual([{ ...none, name: 'Apple M3 Pro', vramTotal: null, isUnified: true }]);
  });

  it('knows the size of cards elsewhere, and leaves those of NVIDIA to their own program', async () => {
    const list = async () => [
      { vendor: 'NVIDIA Corporation', model: 'GeForce RTX 4090', vram: 24_564 },
      { vendor: 'Intel Inc.', model: 'Intel UHD 630', vram: 1536 },
      { vendor: '', model: '', vram: 0 },
    ];
    const gpus = new ListedGpus({ platform: 'win32', architecture: 'x64', list });
    await Promise.all([gpus.open(), gpus.open()]);
    expect(gpus.read()).toEqual([
      { ...none, name: 'Intel UHD 630', vramTotal: 1536 * 1024 ** 2, isUnified: false },
      { ...none, name: null, vramTotal: null, isUnified: false },
    ]);
  });

  it('has none where the list is not to be had', async () => {
    const gpus = new ListedGpus({ list: async () => Promise.reject(new Error('no system_profiler')) });
    await gpus.open();
    expect(gpus.read()).toEqual([]);
  });
});
