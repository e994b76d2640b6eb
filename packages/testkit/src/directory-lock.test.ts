import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDirectoryLock } from './directory-lock.ts';

let dir: string;
let lock: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
  lock = join(dir, 'x.lock');
});
afterEach(() => rm(dir, { recursive: true }));

const enter = () => Promise.resolve('in');

async function leaveLock(owner: string) {
  await mkdir(lock);
  await writeFile(join(lock, 'owner'), owner);
}

describe('withDirectoryLock', () => {
  it('lets one in at a time and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withDirectoryLock(lock, work)));
    expect(most).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });

  it('takes over from a process that is gone', async () => {
    await leaveLock('2147483646 -');
    expect(await withDirectoryLock(lock, enter, { timeoutMs: 0 })).toBe('in');
  });

  it.runIf(process.platform === 'linux')('takes over when the pid now belongs to somebody else', async () => {
    await leaveLock(`${process.pid} 1`);
    expect(await withDirectoryLock(lock, enter, { timeoutMs: 0 })).toBe('in');
  });

  it('gives up on a living holder after the time limit', async () => {
    await leaveLock(`${process.pid} -`);
    await expect(withDirectoryLock(lock, enter, { timeoutMs: 0 })).rejects.toThrow('Timed out');
  });

  it('is free again after a failure', async () => {
    const failing = withDirectoryLock(lock, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withDirectoryLock(lock, enter)).toBe('in');
  });
});
