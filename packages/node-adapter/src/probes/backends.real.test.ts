import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, ServerProcess } from '@corral/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AttachedLlamaServer } from './attached-llama-server.js';
import { fingerprint } from './fingerprint.js';
import { LlamaRouter } from './llama-router.js';
import { llamaServerProber } from './llama-server-probe.js';
import { generate, type RealLlama, startRealLlama, tinyModels } from './real-llama.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const soon = () => AbortSignal.timeout(5000);
const check = (backend: Backend) => backend.check(soon());
const kindOf = async (llama: RealLlama) => (await fingerprint(llama.connection(), soon())).kind;

async function start(...args: string[]): Promise<RealLlama> {
  const llama = await startRealLlama(args);
  dispose.push(() => llama.end());
  return llama;
}
async function startSingle(...args: string[]): Promise<{ llama: RealLlama; backend: AttachedLlamaServer }> {
  const [model] = await tinyModels();
  const llama = await start('--model', model?.path ?? '', '--metrics', '--ctx-size', '2048', ...args);
  return { llama, backend: new AttachedLlamaServer(llama.connection(), { scrapeMetrics: true }) };
}
/** Sleeping takes it a second; nobody asks in the meantime. */
async function untilAsleep({ origin }: RealLlama): Promise<void> {
  await vi.waitFor(
    async () => {
      const props = (await (await fetch(`${origin}/props`)).json()) as { is_sleeping: boolean };
      expect(props.is_sleeping).toBe(true);
    },
    { timeout: 15_000, interval: 200 },
  );
}

describe('a real llama-server', () => {
  it('is recognised, and its tokens are counted as they come', async () => {
    const { llama, backend } = await startSingle('--parallel', '2');
    expect(await kindOf(llama)).toBe('llama-server');
    const idle = (await check(backend)).models?.[0];
    expect(idle).toMatchObject({ name: 'meadow-2m.gguf', state: 'ready', numbers: { slots: 2 } });
    expect(idle?.sizeBytes).toBeGreaterThan(1e6);
    expect(idle?.numbers?.contextUsedTokens).toBeNull();
    const generated = generate(llama.origin, 150);
    const totals: number[] = [];
    let mostUsed = 0;
    let isDone = false;
    void generated.finally(() => (isDone = true));
    const look = async () => {
      const numbers = (await check(backend)).models?.[0]?.numbers;
      if (numbers?.generatedTokens) totals.push(numbers.generatedTokens.total);
      mostUsed = Math.max(mostUsed, numbers?.contextUsedTokens ?? 0);
    };
    while (!isDone) await look().then(() => delay(25));
    await look();
    expect(await generated).toBe(150);
    expect(totals.at(-1)).toBe(150);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    // Live: it was seen on its way, not only at the end.
    expect(totals.filter((total) => total > 0 && total < 150).length).toBeGreaterThan(0);
    expect(mostUsed).toBeGreaterThan(16);
    expect(mostUsed).toBeLessThanOrEqual(16 + 150);
  });

  it('that fell asleep stays asleep over ten checks, and has numbers once it is woken', async () => {
    const { llama, backend } = await startSingle('--sleep-idle-seconds', '1');
    await untilAsleep(llama);
    for (let i = 0; i < 10; i++) {
      expect((await check(backend)).models).toMatchObject([{ state: 'sleeping', numbers: null }]);
      await delay(50);
    }
    expect(await (await fetch(`${llama.origin}/props`)).json()).toMatchObject({ is_sleeping: true });
    await generate(llama.origin, 5);
    expect((await check(backend)).models).toMatchObject([{ state: 'ready', numbers: expect.anything() }]);
  });

  it('falls asleep although it is watched', async () => {
    const { backend } = await startSingle('--sleep-idle-seconds', '1');
    await vi.waitFor(
      async () => expect((await check(backend)).models).toMatchObject([{ state: 'sleeping' }]),
      { timeout: 15_000, interval: 100 },
    );
  });

  it('of ours falls asleep although it is watched, and stays so', async () => {
    const [model] = await tinyModels();
    const llama = await start(
      ...['--model', model?.path ?? '', '--metrics', '--ctx-size', '2048'],
      ...['--sleep-idle-seconds', '1', '--api-key', 'identity'],
    );
    const ours = { pid: llama.pid, baseUrl: llama.origin, identityKey: 'identity' } as ServerProcess;
    const probe = llamaServerProber().open(ours, { maySleep: true });
    dispose.push(() => probe.close());
    const awake = await probe.check(soon());
    expect(awake).toMatchObject({ condition: 'ready', numbers: { load: { processing: 0 } } });
    await vi.waitFor(async () => expect((await probe.check(soon())).condition).toBe('sleeping'), {
      timeout: 15_000,
      interval: 100,
    });
    for (let i = 0; i < 10; i++) expect((await probe.check(soon())).condition).toBe('sleeping');
    const { memory } = await probe.check(soon());
    expect(memory?.anonymousBytes).toBeGreaterThan(0);
  });
});

describe('a real router', () => {
  async function startRouter(...args: string[]): Promise<{ llama: RealLlama; backend: LlamaRouter }> {
    const folder = await mkdtemp(path.join(tmpdir(), 'corral-router-'));
    dispose.push(() => rm(folder, { recursive: true, force: true }));
    for (const { name, path: from } of (await tinyModels()).slice(0, 2))
      await copyFile(from, path.join(folder, `${name}.gguf`));
    const llama = await start('--models-dir', folder, '--metrics', '--ctx-size', '2048', ...args);
    const backend = new LlamaRouter(llama.connection(), { scrapeMetrics: true });
    dispose.push(() => backend.close());
    return { llama, backend };
  }
  const states = async (backend: Backend) => {
    const { models, condition } = await check(backend);
    expect(condition).toBe('ok');
    return Object.fromEntries((models ?? []).map(({ name, state }) => [name, state]));
  };
  const reaches = (backend: Backend, name: string, state: string) =>
    vi.waitFor(async () => expect((await states(backend))[name]).toBe(state), {
      timeout: 20_000,
      interval: 100,
    });

  it('loads nothing because it is watched, and loads and unloads what a person wants', async () => {
    const { llama, backend } = await startRouter('--models-max', '1');
    expect(await kindOf(llama)).toBe('llama-router');
    for (let i = 0; i < 10; i++)
      expect(await states(backend)).toMatchObject({ 'meadow-2m': 'unloaded', 'prairie-4m': 'unloaded' });

    await backend.load('meadow-2m', soon());
    await reaches(backend, 'meadow-2m', 'ready');
    expect(await generate(llama.origin, 20, 'meadow-2m')).toBe(20);
    const ready = (await check(backend)).models?.find(({ name }) => name === 'meadow-2m');
    expect(ready).toMatchObject({
      sizeBytes: expect.any(Number),
      numbers: { generatedTokens: { total: 20 } },
    });

    // Asking by name is what would load, and with room for one evict the other.
    const connection = llama.connection();
    for (const page of ['/metrics', '/slots']) {
      const answer = await connection.get(`${page}?model=prairie-4m&autoload=false`, soon());
      expect(answer.status).toBe(400);
    }
    for (let i = 0; i < 10; i++)
      expect(await states(backend)).toMatchObject({ 'meadow-2m': 'ready', 'prairie-4m': 'unloaded' });

    await backend.load('meadow-2m', soon());
    await backend.unload('meadow-2m', soon());
    await reaches(backend, 'meadow-2m', 'unloaded');
    await backend.unload('meadow-2m', soon());
    expect((await check(backend)).models?.every(({ numbers }) => numbers === null)).toBe(true);
  });

  it('lets its models fall asleep although they are watched, and stay so', async () => {
    const { backend } = await startRouter('--sleep-idle-seconds', '1');
    await check(backend);
    await backend.load('prairie-4m', soon());
    await reaches(backend, 'prairie-4m', 'sleeping');
    for (let i = 0; i < 10; i++) {
      const model = (await check(backend)).models?.find(({ name }) => name === 'prairie-4m');
      expect(model).toMatchObject({ state: 'sleeping', numbers: null });
    }
  });
});
