import { describe, expect, it } from 'vitest';
import { AmdGpus } from './amd-gpus.js';
import { fileTree } from './file-tree.fixture.js';

const card = {
  mem_info_vram_total: '17163091968\n',
  mem_info_vram_used: '4000000000\n',
  mem_info_gtt_total: '33000000000\n',
  mem_info_gtt_used: '50000000\n',
  gpu_busy_percent: '64\n',
  product_name: 'Radeon RX 7800 XT\n',
  gpu_metrics: Buffer.from([120, 0, 1, 3, 0]),
  'power/runtime_status': 'active\n',
  'hwmon/hwmon4/temp1_input': '57000\n',
  'hwmon/hwmon4/power1_average': '201000000\n',
};

async function cards(...devices: Readonly<Record<string, string | Uint8Array>>[]) {
  const files = devices.flatMap((device, i) =>
    Object.entries(device).map(([name, text]) => [`class/drm/card${i}/device/${name}`, text] as const),
  );
  const tree = await fileTree({
    ...Object.fromEntries(files),
    'class/drm/card0-HDMI-A-1/device/mem_info_vram_total': '1\n',
    'class/drm/renderD128/device/mem_info_vram_total': '1\n',
  });
  return { tree, gpus: new AmdGpus(tree.at()) };
}

describe('AmdGpus', () => {
  it('has no cards where there are none, and skips connectors and cards of others', async () => {
    expect(new AmdGpus('/nowhere').read()).toEqual([]);
    const { gpus } = await cards({ vendor: '0x8086\n' });
    expect(gpus.read()).toEqual([]);
  });

  it('reads a card anew each time', async () => {
    const { tree, gpus } = await cards(card);
    const expected = {
      name: 'Radeon RX 7800 XT',
      vramUsed: 4_000_000_000,
      vramTotal: 17_163_091_968,
      utilizationPercent: 64,
      temperatureC: 57,
      powerW: 201,
      isUnified: false,
    };
    expect(gpus.read()).toEqual([expected]);
    await tree.write({ 'class/drm/card0/device/gpu_busy_percent': '0\n' });
    expect(gpus.read()).toEqual([{ ...expected, utilizationPercent: 0 }]);
    await gpus.close();
    await gpus.close();
  });

  it('adds the main memory that an integrated card maps', async () => {
    const integrated = { ...card, gpu_metrics: Buffer.from([120, 0, 2, 3]) };
    const newer = { ...card, gpu_metrics: Buffer.from([8, 1, 3, 0]) };
    const { gpus } = await cards(integrated, newer);
    const sums = { vramUsed: 4_050_000_000, vramTotal: 50_163_091_968 };
    expect(gpus.read()).toMatchObject([sums, sums]);
  });

  it('leaves unknown what a card does not tell, or tells wrong', async () => {
    const { gpus } = await cards(
      { mem_info_vram_total: '8\n' },
      {
        ...card,
        mem_info_vram_used: 'much\n',
        gpu_busy_percent: '101\n',
        'hwmon/hwmon4/temp1_input': '-5\n',
      },
    );
    const [bare, wrong] = gpus.read();
    expect(bare).toEqual({
      name: null,
      vramUsed: null,
      vramTotal: 8,
      utilizationPercent: null,
      temperatureC: null,
      powerW: null,
      isUnified: false,
    });
    expect(wrong).toMatchObject({
      vramUsed: null,
      utilizationPercent: null,
      temperatureC: null,
      powerW: 201,
    });
  });

  it('asks nothing of a card that sleeps: that would wake it', async () => {
    const { tree, gpus } = await cards({ ...card, 'power/runtime_status': 'suspended\n' });
    expect(gpus.read()).toMatchObject([
      { name: 'Radeon RX 7800 XT', vramUsed: null, utilizationPercent: null, powerW: null },
    ]);
    await tree.write({ 'class/drm/card0/device/power/runtime_status': 'active\n' });
    expect(gpus.read()).toMatchObject([{ utilizationPercent: 64 }]);
  });
});
