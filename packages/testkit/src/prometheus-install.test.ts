import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPrometheus } from './prometheus-install.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'prometheus é-'));
  // Nothing on PATH, and so no apt: no test reaches the network.
  vi.stubEnv('PATH', join(cacheDir, 'bin'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true });
});

async function programs(folder: string, script: string): Promise<void> {
  await mkdir(join(cacheDir, folder), { recursive: true });
  for (const name of ['prometheus', 'promtool'])
    await writeFile(join(cacheDir, folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe.skipIf(process.platform === 'win32')('findPrometheus', () => {
  it('takes the one on PATH before that in the cache', async () => {
    await programs('bin', 'echo "prometheus, version 2.0"; echo more');
    await programs('prometheus', 'echo "prometheus, version 1.0"');
    expect(await findPrometheus({ cacheDir })).toEqual({
      command: join(cacheDir, 'bin/prometheus'),
      promtool: join(cacheDir, 'bin/promtool'),
      version: 'prometheus, version 2.0',
    });
  });

  it('takes that in the cache', async () => {
    await programs('prometheus', 'echo "prometheus, version 1.0"');
    expect((await findPrometheus({ cacheDir })).command).toBe(join(cacheDir, 'prometheus/prometheus'));
  });

  it('rejects one that does not run', async () => {
    await programs('prometheus', 'echo "no such library" >&2; exit 127');
    await expect(findPrometheus({ cacheDir })).rejects.toThrow('no such library');
  });

  it('says what to do where it cannot fetch one, and leaves nothing behind', async () => {
    const told: string[] = [];
    const found = findPrometheus({ cacheDir, onProgress: (message) => told.push(message) });
    await expect(found).rejects.toThrow('No prometheus was found');
    expect(told).toEqual([]);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
