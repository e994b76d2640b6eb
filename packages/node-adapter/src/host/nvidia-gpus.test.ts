import { chmod, readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fileTree } from './file-tree.fixture.js';
import { NvidiaGpus } from './nvidia-gpus.js';

const mib = 1024 ** 2;
const wait = { timeout: 8000, interval: 20 };

/** A program in place of nvidia-smi; each start leaves its id and arguments in `starts`. */
async function installed(script: string) {
  const tree = await fileTree({
    'nvidia-smi': `#!/bin/sh\ncd "$(dirname "$0")"\necho "$$ $@" >> starts\n${script}\n`,
  });
  await chmod(tree.at('nvidia-smi'), 0o755);
  const time = { nowMs: 0 };
  const gpus = new NvidiaGpus({ find: async () => tree.at('nvidia-smi'), now: () => time.nowMs });
  onTestFinished(() => gpus.close());
  await gpus.open();
  const starts = async (): Promise<string[]> =>
    (await readFile(tree.at('starts'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const pids = async () => (await starts()).map((line) => Number(line.split(' ')[0]));
  return { tree, time, gpus, starts, pids };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('NvidiaGpus', () => {
  it('has no cards and starts nothing where there is no program', async () => {
    const gpus = new NvidiaGpus({ find: async () => null });
    await gpus.open();
    expect(gpus.read()).toEqual([]);
    await gpus.close();
  });

  it('keeps one program for all readings, started by the first', async () => {
    const { gpus, starts } = await installed(
      `echo "1, GPU-b, Card B, 200, [N/A], [N/A], 50, 10"; echo "0, GPU-a, Card A, 100, 40, 7, 60, 20.5"; exec sleep 60`,
    );
    expect(await starts()).toEqual([]);
    await vi.waitFor(() => expect(gpus.read()).toHaveLength(2), wait);
    for (let i = 0; i < 50; i++) gpus.read();
    expect(gpus.read()).toMatchObject([
      { name: 'Card A', vramTotal: 100 * mib, vramUsed: 40 * mib, utilizationPercent: 7, powerW: 20.5 },
      { name: 'Card B', vramTotal: 200 * mib, vramUsed: null, utilizationPercent: null, temperatureC: 50 },
    ]);
    const [started, ...others] = await starts();
    expect(others).toEqual([]);
    expect(started?.replace(/^\d+ /, '')).toBe(
      '--query-gpu=index,uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw --format=csv,noheader,nounits --loop-ms=1000',
    );
  });

  it('calls numbers older than 3 s unknown, and takes new ones', async () => {
    const { tree, time, gpus } = await installed(
      `for i in $(seq 2000); do if [ -e go ]; then rm go; echo "0, GPU-a, Card, 100, 40, 7, 60, 20"; fi; sleep 0.02; done`,
    );
    const hears = async () => {
      await tree.write({ go: '' });
      await vi.waitFor(() => expect(gpus.read()[0]?.vramUsed).toBe(40 * mib), wait);
    };
    await hears();
    time.nowMs = 3000;
    expect(gpus.read()).toMatchObject([{ vramUsed: 40 * mib }]);
    time.nowMs = 3001;
    expect(gpus.read()).toEqual([
      {
        name: 'Card',
        vramUsed: null,
        vramTotal: null,
        utilizationPercent: null,
        temperatureC: null,
        powerW: null,
        isUnified: false,
      },
    ]);
    await hears();
  });

  it('starts it again when it has ended, each time later', async () => {
    const { time, gpus, pids } = await installed('exit 9');
    const endsAfter = async (count: number) => {
      gpus.read();
      await vi.waitFor(async () => {
        expect(await pids()).toHaveLength(count);
        expect((await pids()).filter(isAlive)).toEqual([]);
      }, wait);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await pids()).toHaveLength(count);
    };
    await endsAfter(1);
    for (const [at, count] of [
      [999, 1],
      [1000, 2],
      [2999, 2],
      [3000, 3],
    ] as const) {
      time.nowMs = at;
      await endsAfter(count);
    }
  });

  it('asks for less where a field is not known to the driver', async () => {
    const { time, gpus, starts } = await installed(
      `case "$1" in *power*) echo 'Field "power.draw" is not a valid field to query.'; exit 2;; esac
       echo "0, Old card, 100, 40"; exec sleep 60`,
    );
    await vi.waitFor(async () => {
      time.nowMs += 100;
      expect(gpus.read()).toMatchObject([{ name: 'Old card', vramUsed: 40 * mib, powerW: null }]);
    }, wait);
    expect((await starts()).map((line) => line.split(' ')[1])).toEqual([
      expect.stringContaining('power.draw'),
      '--query-gpu=index,name,memory.total,memory.used',
    ]);
  });

  it('ends one that has been silent for 15 s', async () => {
    const { time, gpus, pids } = await installed('exec sleep 60');
    gpus.read();
    await vi.waitFor(async () => expect(await pids()).toHaveLength(1), wait);
    const [pid = 0] = await pids();
    time.nowMs = 15_000;
    gpus.read();
    expect(isAlive(pid)).toBe(true);
    time.nowMs = 15_001;
    gpus.read();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), wait);
  });

  it('leaves nothing running after close, not even one that does not heed signals, and starts nothing more', async () => {
    const { gpus, pids } = await installed(`trap '' TERM; for i in $(seq 400); do sleep 0.05; done`);
    gpus.read();
    await vi.waitFor(async () => expect(await pids()).toHaveLength(1), wait);
    await Promise.all([gpus.close(), gpus.close()]);
    // Gone, and not a zombie either: that one could still be signalled.
    expect((await pids()).filter(isAlive)).toEqual([]);
    gpus.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await pids()).toHaveLength(1);
  });

  it('outlives a program that cannot be started, floods without a line, or prints nonsense', async () => {
    const missing = new NvidiaGpus({ find: async () => '/nowhere/nvidia-smi' });
    await missing.open();
    expect(missing.read()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await missing.close();
    const { gpus } = await installed(
      `head -c 300000 /dev/zero | tr '\\0' x; echo; echo "0, GPU-a, Card, 1, 1, 1, 1, 1"; exec sleep 60`,
    );
    await vi.waitFor(() => expect(gpus.read()).toHaveLength(1), wait);
  });
});
