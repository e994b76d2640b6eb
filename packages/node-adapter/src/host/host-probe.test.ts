import { describe, expect, it, onTestFinished } from 'vitest';
import { fileTree } from './file-tree.fixture.js';
import type { GpuReading, GpuSource } from './gpu-source.js';
import { HostProbe, type HostProbeOptions } from './host-probe.js';

const card = (facts: Partial<GpuReading> = {}): GpuReading => ({
  name: 'Card',
  vramUsed: 4e9,
  vramTotal: 8e9,
  utilizationPercent: 50,
  temperatureC: 60,
  powerW: 100,
  isUnified: false,
  ...facts,
});

const main = {
  cpuPercent: 5,
  cpuCount: 8,
  ramUsed: 1e9,
  ramTotal: 2e9,
  ramLimit: 'host',
  memoryPressurePercent: 0,
} as const;

function probing(sources: readonly (readonly GpuReading[])[], options: HostProbeOptions = {}) {
  const closed: string[] = [];
  const source = (gpus: readonly GpuReading[], i: number): GpuSource => ({
    read: () => gpus,
    close: async () => void closed.push(`cards ${i}`),
  });
  const probe = new HostProbe({
    resources: () => ({ read: () => main, close: () => closed.push('main') }),
    gpus: async () => sources.map(source),
    ...options,
  });
  onTestFinished(() => probe.close());
  return { probe, closed };
}

describe('HostProbe', () => {
  it('puts main memory and the cards of all makers into one reading, numbered in order', async () => {
    const { probe } = probing([[card(), card({ name: 'B' })], [card({ name: 'C', vramTotal: 16e9 })]]);
    const reading = await probe.read();
    expect(reading).toMatchObject({ ...main, vramUsed: 12e9, vramTotal: 32e9, memoryKind: 'discrete' });
    expect(reading.gpus.map(({ index, name }) => [index, name])).toEqual([
      [0, 'Card'],
      [1, 'B'],
      [2, 'C'],
    ]);
    expect(reading.gpus[0]).not.toHaveProperty('isUnified');
  });

  it('adds up the cards that tell, and knows no use where none tells it', async () => {
    const silent = card({ vramUsed: null, vramTotal: null });
    const half = card({ vramUsed: null, vramTotal: 16e9 });
    expect(await probing([[silent, card(), half]]).probe.read()).toMatchObject({
      vramUsed: 4e9,
      vramTotal: 8e9,
    });
    expect(await probing([[silent, half]]).probe.read()).toMatchObject({ vramUsed: null, vramTotal: 16e9 });
    expect(await probing([[silent]]).probe.read()).toMatchObject({ vramUsed: null, vramTotal: null });
    expect(await probing([]).probe.read()).toMatchObject({
      vramUsed: null,
      gpus: [],
      memoryKind: 'discrete',
    });
  });

  it('has one bar where cards and processors share the memory (GB10, Apple)', async () => {
    const shared = card({ vramUsed: null, vramTotal: null, isUnified: true });
    expect(await probing([[shared]]).probe.read()).toMatchObject({
      vramUsed: null,
      vramTotal: null,
      memoryKind: 'unified',
      gpus: [{ utilizationPercent: 50 }],
    });
    const told = card({ isUnified: true });
    expect(await probing([[shared, told, card()]]).probe.read()).toMatchObject({
      vramTotal: 8e9,
      memoryKind: 'discrete',
    });
  });

  it('closes everything once, and knows nothing afterwards', async () => {
    const { probe, closed } = probing([[card()], []]);
    await Promise.all([probe.open(), probe.open()]);
    await Promise.all([probe.close(), probe.close()]);
    await probe.close();
    expect(closed).toEqual(['main', 'cards 0', 'cards 1']);
    expect(await probe.read()).toMatchObject({ ramTotal: null, cpuPercent: null, gpus: [] });
  });

  it('starts nothing when it is closed before it was opened', async () => {
    const { probe, closed } = probing([[card()]]);
    await probe.close();
    await probe.open();
    expect(closed).toEqual([]);
    expect(await probe.read()).toMatchObject({ ramTotal: null, gpus: [] });
  });

  it('finds cards and memory on Linux by itself', async () => {
    const tree = await fileTree({
      'proc/stat': 'cpu  1 0 0 1 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0\n',
      'proc/meminfo': 'MemTotal: 1000 kB\nMemAvailable: 400 kB\n',
      'sys/class/drm/card1/device/mem_info_vram_total': '2048\n',
      'sys/class/drm/card1/device/mem_info_vram_used': '1024\n',
    });
    const probe = new HostProbe({
      platform: 'linux',
      procRoot: tree.at('proc'),
      cgroupRoot: tree.at('cgroup'),
      sysRoot: tree.at('sys'),
    });
    onTestFinished(() => probe.close());
    expect(await probe.read()).toMatchObject({
      ramUsed: 600 * 1024,
      ramTotal: 1000 * 1024,
      cpuCount: 1,
      vramUsed: 1024,
      vramTotal: 2048,
    });
  });

  it('describes the machine the same way each time, with the addresses of now', () => {
    let address = '10.0.0.1';
    const interfaces = () => ({ eth0: [{ address, internal: false }] });
    const { probe } = probing([], { hostname: 'box', interfaces });
    const first = probe.describe();
    address = '10.0.0.2';
    expect(probe.describe()).toEqual({ ...first, addresses: ['10.0.0.2'] });
    expect(first).toMatchObject({ name: 'box', addresses: ['10.0.0.1'] });
  });
});
