import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NvidiaMemory, parseComputeApps } from './nvidia-memory.js';

const mib = 1024 ** 2;

describe('parseComputeApps', () => {
  it('reads MiB by process, summed over cards', () => {
    const text = '4242, 23871\n4243, 512\n4242, 129\n';
    expect([...parseComputeApps(text)]).toEqual([
      [4242, 24_000 * mib],
      [4243, 512 * mib],
    ]);
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', '', 'N/A', '-5', '1e9', 'NaN'])(
    'leaves `%s` unknown, on one card or on all',
    (value) => {
      expect(parseComputeApps(`7, ${value}\n`).get(7)).toBeNull();
      expect(parseComputeApps(`7, 100\n7, ${value}\n7, 100\n`).get(7)).toBeNull();
    },
  );

  it.each(['', 'No running processes found\n', '[N/A], 5\n', 'NVIDIA-SMI has failed because…\n'])(
    'lists nobody from %j',
    (text) => {
      expect(parseComputeApps(text).size).toBe(0);
    },
  );
});

describe('NvidiaMemory', () => {
  function make(replies: (string | Error | Promise<string>)[]) {
    let nowMs = 0;
    let asked = 0;
    const memory = new NvidiaMemory({
      find: async () => '/usr/bin/nvidia-smi',
      now: () => nowMs,
      query: async () => {
        const reply = replies[asked++] ?? '';
        if (reply instanceof Error) throw reply;
        return reply;
      },
    });
    const read = async () => {
      const { bytes } = await memory.read(9);
      await new Promise(setImmediate);
      return bytes;
    };
    return { memory, read, pass: (ms: number) => (nowMs += ms), asked: () => asked };
  }

  it('asks at most once in 5 s for all models together, and makes nobody wait', async () => {
    const { read, pass, asked } = make(['9, 1\n', '9, 2\n']);
    expect(await read()).toBeNull();
    for (let i = 0; i < 20; i++) expect(await read()).toBe(mib);
    expect(asked()).toBe(1);
    pass(5000);
    expect(await read()).toBe(mib);
    expect(await read()).toBe(2 * mib);
    expect(asked()).toBe(2);
  });

  it('never has two of them at once, and calls old news unknown', async () => {
    const { read, pass, asked } = make(['9, 1\n', new Promise<string>(() => {})]);
    await read();
    for (let i = 0; i < 3; i++) {
      pass(5000);
      expect(await read()).toBe(mib);
    }
    pass(1);
    expect(await read()).toBeNull();
    expect(asked()).toBe(2);
  });

  it('tries again 5 s after a failure', async () => {
    const { read, pass, asked } = make([new Error('no driver'), '9, 3\n']);
    await read();
    expect(await read()).toBeNull();
    expect(asked()).toBe(1);
    pass(5000);
    await read();
    expect(await read()).toBe(3 * mib);
  });

  it('runs nothing any more once it is closed', async () => {
    const { memory, read, asked } = make(['9, 1\n']);
    memory.close();
    expect(await read()).toBeNull();
    expect(asked()).toBe(0);
  });
});

describe('the program', () => {
  let folder: string | undefined;
  afterEach(async () => {
    vi.unstubAllEnvs();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function install(script: string): Promise<NvidiaMemory> {
    folder = await mkdtemp(path.join(tmpdir(), 'corral-smi-'));
    await writeFile(path.join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(folder, 'nvidia-smi'), 0o755);
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
    return new NvidiaMemory();
  }

  it('is found on PATH, and asked for nothing but the memory of processes', async () => {
    const memory = await install(`echo "$@" > "$(dirname "$0")/args"; echo "9, 12"; echo "10, [N/A]"`);
    expect(await memory.isThere()).toBe(true);
    await vi.waitFor(async () => expect((await memory.read(9)).bytes).toBe(12 * mib), { timeout: 5000 });
    expect(await memory.read(10)).toEqual({ bytes: null, source: 'nvidia-smi does not tell' });
    expect(await readFile(path.join(folder ?? '', 'args'), 'utf8')).toBe(
      '--query-compute-apps=pid,used_gpu_memory --format=csv,noheader,nounits\n',
    );
  });

  it('is ended when it is not needed any more', async () => {
    const memory = await install(`echo $$ > "$(dirname "$0")/pid"; exec sleep 60`);
    await memory.read(9);
    const pid = await vi.waitFor(
      async () => {
        const text = await readFile(path.join(folder ?? '', 'pid'), 'utf8');
        expect(text).toMatch(/^\d+\n$/);
        return Number(text);
      },
      { timeout: 5000 },
    );
    memory.close();
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 5000 });
  });

  it('is not there where PATH has none', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const memory = new NvidiaMemory();
    expect(await memory.isThere()).toBe(false);
    expect(await memory.read(9)).toEqual({ bytes: null, source: 'nvidia-smi is not there' });
  });
});
