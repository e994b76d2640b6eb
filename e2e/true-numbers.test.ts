import { mkdtempSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@corral/client';
import type { ModelAccess, ModelDetails, ModelSeriesWire, ModelStatus } from '@corral/core';
import { writeTinyModel } from '@corral/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { until } from './support/until.js';

let folder: string;
let corral: CorralProcess;
let model: ModelStatus;
let access: ModelAccess;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'corral-numbers-'));
  await mkdir(folder, { recursive: true });
  // Twelve blocks make it slow enough for streams of many seconds.
  await writeTinyModel(path.join(folder, 'steady.gguf'), { blocks: 12 });
  corral = await startCorral({ modelsDir: folder });
  const status = async () => (await (await fetch(`${corral.url}/api/models/status`)).json()) as Status;
  const { modelId } = (await status()).models[0] as ModelStatus;
  // Two threads of one step wait for each other, and on a busy machine with two cores for everyone else.
  await fetch(`${corral.url}/api/models/${modelId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { nThreads: 1 } }),
  });
  await fetch(`${corral.url}/api/models/servers/start/${modelId}`, { method: 'POST' });
  model = await until('it is ready', async () =>
    (await status()).models.find(({ state }) => state === 'ready'),
  );
  access = (await (await fetch(`${corral.url}/api/models/${modelId}/access`)).json()) as ModelAccess;
});
afterAll(async () => {
  await corral.dispose();
  await rm(folder, { recursive: true, force: true });
});

interface Status {
  readonly models: readonly ModelStatus[];
  readonly metrics: readonly ModelSeriesWire[];
}

/** A stream that counts what it has received, by the server's own count in every chunk. */
async function stream(signal: AbortSignal, onTokens: (soFar: number) => void): Promise<void> {
  const { baseUrl, apiKey } = access;
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({
      messages: [{ role: 'user', content: 'The rain' }],
      max_tokens: 3500,
      ignore_eos: true,
      stream: true,
      timings_per_token: true,
    }),
  });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const predicted = /"predicted_n":(\d+)/.exec(event)?.[1];
      if (predicted !== undefined) onTokens(Number(predicted));
    }
  }
}

describe('the numbers of a model', () => {
  it('show the tokens per second that two parallel streams really receive, beside another scraper', async () => {
    const over = new AbortController();
    const received = [0, 0];
    const streams = received.map(async (_, i) => {
      for (let done = 0; !over.signal.aborted; done = received[i] as number)
        await stream(over.signal, (soFar) => (received[i] = done + soFar)).catch(() => {});
    });
    const headers = { authorization: `Bearer ${access.apiKey}` };
    const scraper = setInterval(
      () => void fetch(`${access.baseUrl}/metrics`, { headers }).then((answer) => answer.text()),
      700,
    );
    const hub = connect(corral.url);
    const total = (): number => received.reduce((sum, count) => sum + count, 0);
    const ticks: { atMs: number; received: number; rate: number | null }[] = [];
    hub.subscribe('models:sampled', () => {
      const { tokensPerSecond } = hub.series(model.modelId) ?? {};
      const rate = tokensPerSecond?.at(tokensPerSecond.length - 1) ?? null;
      ticks.push({ atMs: performance.now(), received: total(), rate });
    });
    await until(
      'both streams have run for a while',
      () => ticks.length >= 3 && received.every((n) => n > 50),
    );
    ticks.length = 0;
    await until('a window is full', () => ticks.length > 12, 60_000);
    over.abort();
    clearInterval(scraper);
    await Promise.all(streams);
    hub.close();

    const window = ticks.slice(0, 13);
    const first = window[0] as (typeof ticks)[number];
    const last = window.at(-1) as (typeof ticks)[number];
    const shown = window.slice(1).reduce((sum, tick, i) => {
      const sinceMs = tick.atMs - (window[i] as (typeof ticks)[number]).atMs;
      return sum + ((tick.rate ?? Number.NaN) * sinceMs) / 1000;
    }, 0);
    const real = last.received - first.received;
    console.log(
      `tokens shown ${shown.toFixed(0)}, received ${real}, ratio ${(shown / real).toFixed(4)}, ` +
        `${(real / ((last.atMs - first.atMs) / 1000)).toFixed(0)} t/s`,
    );
    expect(Math.abs(shown / real - 1)).toBeLessThan(0.02);
  });

  it('show the memory of the process', async () => {
    const field = (name: string): number => {
      const text = readFileSync(`/proc/${model.pid}/status`, 'utf8');
      return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
    };
    const { metrics } = (await (await fetch(`${corral.url}/api/models/status`)).json()) as Status;
    const shown = (metrics[0]?.currentMemoryGb ?? 0) * 1e9;
    expect(Math.abs(shown / (field('RssAnon') + field('RssFile')) - 1)).toBeLessThan(0.02);
    const { values } = (await (
      await fetch(`${corral.url}/api/models/${model.modelId}/details`)
    ).json()) as ModelDetails;
    expect(values.memoryAnonymousBytes).toMatchObject({
      valid: true,
      source: expect.stringContaining('/proc'),
    });
    expect(values.memoryMappedBytes.value).toBeGreaterThan(0);
  });

  it('say of each value where it comes from, and of the unknown why', async () => {
    const details = async () =>
      (await (await fetch(`${corral.url}/api/models/${model.modelId}/details`)).json()) as ModelDetails;
    await until('it is idle', async () => (await details()).values.requestsProcessing.value === 0);
    const { values, logTail } = await details();
    for (const value of Object.values(values)) expect(value.source).not.toBe('');
    expect(values.requestsProcessing).toMatchObject({ valid: true, value: 0 });
    expect(values.slots.value).toBeGreaterThan(0);
    expect(values.requestCount.value).toBeGreaterThan(0);
    expect(values.latencyMs.ageMs).toBeLessThan(3000);
    expect(values.memoryVramBytes).toMatchObject({ value: null, valid: false });
    expect(logTail.length).toBeGreaterThan(5);
    expect(logTail.join('\n')).not.toContain(access.apiKey ?? '-');
  });
});
