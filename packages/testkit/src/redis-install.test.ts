import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRedis } from './redis-install.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'redis é-'));
  // Nothing on PATH, and so no apt: no test reaches the network.
  vi.stubEnv('PATH', join(cacheDir, 'bin'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true });
});

async function program(folder: string, script: string): Promise<void> {
  await mkdir(join(cacheDir, folder), { recursive: true });
  await writeFile(join(cacheDir, folder, 'redis-server'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe.skipIf(process.platform === 'win32')('findRedis', () => {
  it('takes the one on PATH before that in the cache', async () => {
    await program('bin', 'echo "Redis server v=8.0"; echo more');
    await program('redis', 'echo "Redis server v=7.0"');
    expect(await findRedis({ cacheDir })).toEqual({
      command: join(cacheDir, 'bin/redis-server'),
      env: {},
      version: 'Redis server v=8.0',
    });
  });

  it('takes that in the cache, with the libraries that came along', async () => {
    await program('redis', 'echo "Redis server, $LD_LIBRARY_PATH"');
    const lib = join(cacheDir, 'redis/lib');
    const found = { command: join(cacheDir, 'redis/redis-server'), env: { LD_LIBRARY_PATH: lib } };
    expect(await findRedis({ cacheDir })).toEqual({ ...found, version: `Redis server, ${lib}` });
  });

  it('rejects one that does not run', async () => {
    await program('redis', 'echo "no such library" >&2; exit 127');
    await expect(findRedis({ cacheDir })).rejects.toThrow('no such library');
  });

  it('says what to do where it cannot fetch one, and leaves nothing behind', async () => {
    const told: string[] = [];
    const found = findRedis({ cacheDir, onProgress: (message) => told.push(message) });
    await expect(found).rejects.toThrow('No redis-server was found');
    expect(told).toEqual([]);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
