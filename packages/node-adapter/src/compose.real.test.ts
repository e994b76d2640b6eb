import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Hub, modelMetrics } from '@corral/core';
import { ensureTinyModels, findLlamaServer, type LlamaServerInstall, type TinyModel } from '@corral/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHub } from './compose.js';
import { createLogger } from './logger.js';

const cache = path.resolve(import.meta.dirname, '..', '..', '..', '.cache');
let llama: LlamaServerInstall;
let models: readonly TinyModel[];
let folder: string;
let hub: Hub | undefined;

beforeAll(async () => {
  llama = await findLlamaServer({ cacheDir: cache });
  models = await ensureTinyModels(path.join(cache, 'models', 'demo'));
}, 300_000);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'corral-real-'));
  await mkdir(path.join(folder, 'models'));
});
afterEach(async () => {
  await hub?.dispose();
  hub = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function make(): Promise<Hub> {
  const from = randomInt(20_000, 32_000);
  hub = await createHub({
    modelsDir: path.join(folder, 'models'),
    stateDir: path.join(folder, 'state'),
    llamaServer: { command: llama.command, args: llama.args ?? [], env: llama.env },
    portRange: { from, to: from + 9 },
    sampleIntervalMs: 300,
    stopGraceMs: 1000,
    logger: createLogger({ write: () => {} }),
  });
  return hub;
}

async function addTiny(name = 'meadow.gguf'): Promise<string> {
  const file = path.join(folder, 'models', name);
  await copyFile(models[0]?.path ?? '', file);
  return file;
}

const start = async (running: Hub, id: string): Promise<number> => {
  await running.startModel(id);
  const { pid } = await running.modelManager.whenReady(id, AbortSignal.timeout(25_000));
  return pid as number;
};
const idOf = (running: Hub): string => running.models()[0]?.modelId ?? '';
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('a real llama-server', () => {
  it('is started, generates, shows true numbers, and leaves no process when it is stopped', async () => {
    await addTiny();
    const running = await make();
    const id = idOf(running);
    const pid = await start(running, id);
    const { baseUrl, apiKey } = await running.modelAccess(id);
    expect((await fetch(`${baseUrl}/props`)).status).toBe(401);
    const rates: number[] = [];
    running.subscribe('models:sampled', ({ samples }) => {
      for (const { tokensPerSecond } of samples) if (tokensPerSecond) rates.push(tokensPerSecond);
    });
    let generated = 0;
    for (let i = 0; i < 2; i++) {
      const response = await fetch(`${baseUrl}/completion`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'Once upon a time', n_predict: 200, ignore_eos: true }),
      });
      expect(response.status).toBe(200);
      generated += ((await response.json()) as { tokens_predicted: number }).tokens_predicted;
    }
    expect(generated).toBe(400);
    await vi.waitFor(() => expect(rates.length).toBeGreaterThan(0), { timeout: 8000 });
    await vi.waitFor(() => expect(running.model(id)?.requestCount).toBe(2), { timeout: 8000 });
    const series = running.snapshot().metrics[0];
    expect(series?.currentMemoryGb).toBeGreaterThan(0.005);
    expect(series?.currentMemoryGb).toBeLessThan(4);
    expect(series?.currentLatencyMs).toBeGreaterThan(0);
    for (const metric of modelMetrics) expect(series?.[metric].every(Number.isFinite)).toBe(true);
    await running.stopModel(id);
    await running.modelManager.whenStopped(id, AbortSignal.timeout(10_000));
    expect(isAlive(pid)).toBe(false);
    await expect(fetch(`${baseUrl}/health`)).rejects.toThrow();
  });

  it('F7 is in backoff within 2 s after a SIGKILL, and ready again by itself', async () => {
    await addTiny();
    const running = await make();
    const id = idOf(running);
    const pid = await start(running, id);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(running.model(id)?.state).toBe('backoff'), { timeout: 2000, interval: 20 });
    await vi.waitFor(() => expect(running.model(id)?.state).toBe('ready'), { timeout: 20_000 });
    expect(running.model(id)?.pid).not.toBe(pid);
  });

  it('is stopped within the grace although a request is open', async () => {
    await addTiny();
    const running = await make();
    const id = idOf(running);
    const pid = await start(running, id);
    const { baseUrl, apiKey } = await running.modelAccess(id);
    const request = fetch(`${baseUrl}/completion`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Once', n_predict: 100_000, ignore_eos: true, stream: true }),
    }).then((response) => response.text());
    request.catch(() => {});
    await vi.waitFor(() => expect(running.model(id)?.requestCount).toBe(1), { timeout: 8000 });
    const startedMs = performance.now();
    await running.stopModel(id);
    await running.modelManager.whenStopped(id, AbortSignal.timeout(10_000));
    expect(performance.now() - startedMs).toBeLessThan(3500);
    expect(isAlive(pid)).toBe(false);
    await request.catch(() => {});
  });

  it.each([
    ['cut in its header', 'GGUF and no more', null],
    ['cut in its keys', null, 100],
    ['cut in its weights', null, 3_000_000],
    ['removed after the scan', null, 0],
  ])(
    'F3 I77 fails with `model_unreadable` for a file that is %s, and tells no path',
    async (_, text, bytes) => {
      const file = await addTiny();
      const running = await make();
      if (text !== null) await writeFile(file, text);
      else if (bytes === 0) await rm(file);
      else await truncate(file, bytes);
      const id = idOf(running);
      await running.startModel(id);
      await vi.waitFor(() => expect(running.model(id)?.state).toMatch(/failed|backoff/), { timeout: 15_000 });
      expect(running.model(id)).toMatchObject({ state: 'failed', failureCode: 'model_unreadable' });
      // The status travels to browsers, and absolute paths are nobody's business there.
      expect(running.model(id)?.errorMessage).not.toContain(folder);
    },
  );

  it('takes the whole fleet up and down', async () => {
    for (const model of models) await copyFile(model.path, path.join(folder, 'models', `${model.name}.gguf`));
    const running = await make();
    expect(running.models()).toHaveLength(models.length);
    const pids = await Promise.all(running.models().map(({ modelId }) => start(running, modelId)));
    expect(new Set(running.models().map(({ port }) => port)).size).toBe(models.length);
    await running.dispose();
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
