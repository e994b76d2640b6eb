import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDrmFdinfo, readDrmMemory } from './drm-memory.js';

const kib = 1024;

/** As amdgpu prints it since Linux 6.13. */
const amdgpu = `pos:\t0
flags:\t02100002
mnt_id:\t26
ino:\t551
drm-driver:\tamdgpu
drm-client-id:\t42
drm-pdev:\t0000:03:00.0
pasid:\t32770
drm-total-cpu:\t0
drm-total-gtt:\t18432 KiB
drm-resident-gtt:\t18432 KiB
drm-total-vram:\t4194304 KiB
drm-shared-vram:\t0
drm-resident-vram:\t4100000 KiB
drm-purgeable-vram:\t0
drm-memory-vram:\t4100000 KiB
drm-memory-gtt: \t18432 KiB
amd-requested-vram:\t4194304 KiB
drm-engine-compute:\t123456 ns
`;
/** As older kernels print it. */
const olderAmdgpu = `drm-driver:\tamdgpu
drm-pdev:\t0000:03:00.0
drm-client-id:\t7
drm-memory-vram:\t2048 KiB
drm-memory-gtt: \t100 KiB
drm-memory-cpu: \t0 KiB
`;
const xe = `drm-driver:\txe
drm-client-id:\t5
drm-pdev:\t0000:56:00.0
drm-total-system:\t64 KiB
drm-resident-system:\t64 KiB
drm-total-vram0:\t192 MiB
drm-resident-vram0:\t190 MiB
drm-total-vram1:\t10 MiB
drm-resident-vram1:\t10 MiB
`;
const i915 = `drm-driver:\ti915
drm-client-id:\t5
drm-pdev:\t0000:03:00.0
drm-total-local0:\t1024
drm-resident-local0:\t512
drm-total-system0:\t4096
drm-resident-system0:\t4096
`;
const integrated = `drm-driver:\ti915
drm-client-id:\t3
drm-pdev:\t0000:00:02.0
drm-total-system0:\t8 KiB
drm-resident-system0:\t8 KiB
`;

describe('parseDrmFdinfo', () => {
  it.each([
    ['amdgpu', amdgpu, '0000:03:00.0 42', 4_100_000 * kib],
    ['an older amdgpu', olderAmdgpu, '0000:03:00.0 7', 2048 * kib],
    ['xe with two tiles', xe, '0000:56:00.0 5', 200 * kib * kib],
    ['i915 with a card', i915, '0000:03:00.0 5', 512],
    ['i915 without a card', integrated, '0000:00:02.0 3', null],
  ])('reads %s', (_, text, key, vramBytes) => {
    expect(parseDrmFdinfo(text)).toEqual({ key, vramBytes });
  });

  it.each(['', 'pos:\t0\nflags:\t02\n', 'drm-driver:\tamdgpu\n'])('knows nothing from %j', (text) => {
    expect(parseDrmFdinfo(text)).toBeNull();
  });

  it.each(['much KiB', '-4 KiB', '5 TiB', '99999999999999999999 KiB', 'NaN', '5 __proto__'])(
    'leaves `%s` unknown',
    (value) => {
      expect(parseDrmFdinfo(`drm-client-id:\t1\ndrm-memory-vram:\t${value}\n`)?.vramBytes).toBeNull();
    },
  );
});

describe('readDrmMemory', () => {
  it('has nothing on cards for a process that has none open, and knows nothing of one that is not there', async () => {
    expect(await readDrmMemory(process.pid)).toBe(0);
    expect(await readDrmMemory(0x3fffff)).toBeNull();
  });

  it('counts a client once that has several descriptors, and reads no others', async () => {
    const proc = await mkdtemp(path.join(tmpdir(), 'corral-drm-'));
    const at = (...parts: string[]) => path.join(proc, '77', ...parts);
    await mkdir(at('fd'), { recursive: true });
    await mkdir(at('fdinfo'));
    const open = async (fd: number, target: string, info: string) => {
      await symlink(target, at('fd', String(fd)));
      await writeFile(at('fdinfo', String(fd)), info);
    };
    await open(3, '/dev/dri/renderD128', amdgpu);
    await open(4, '/dev/dri/renderD128', amdgpu);
    await open(5, '/dev/dri/card1', xe);
    await open(6, '/home/someone/drm.txt', olderAmdgpu);
    await open(7, 'socket:[123]', '');
    expect(await readDrmMemory(77, proc)).toBe(4_100_000 * kib + 200 * kib * kib);
    await rm(proc, { recursive: true });
  });
});
