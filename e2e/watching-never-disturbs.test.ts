/**
 * The product's first promise: no probe of ours loads, wakes or keeps awake a model. Real servers, real pages with every
 * element open, and the sampler at its usual pace. `docs/watching-never-disturbs.md` says how it is kept.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelAccess, ModelStatus } from '@corral/core';
import { ensureTinyModels, launchBrowser } from '@corral/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat } from './support/chat.js';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';
import { startForeignServer } from './support/foreign-server.js';
import { until } from './support/until.js';

const idleSeconds = 2;
let browser: Browser;
const dispose: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});
afterAll(() => browser.close());

async function started(...args: readonly string[]): Promise<CorralProcess> {
  const corral = await startCorral({ args });
  dispose.push(() => corral.dispose());
  return corral;
}

const modelsOf = async ({ url }: CorralProcess): Promise<readonly ModelStatus[]> =>
  ((await (await fetch(`${url}/api/models/status`)).json()) as { models: ModelStatus[] }).models;

const send = (corral: CorralProcess, method: string, route: string, body?: unknown): Promise<Response> =>
  fetch(`${corral.url}${route}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });

/** The dashboard with every card, its settings and its details open. */
async function openEverything(corral: CorralProcess): Promise<Page> {
  const page = await browser.newPage();
  dispose.push(() => page.close());
  await page.goto(corral.url);
  await page.locator('model-card').first().waitFor();
  for (const label of [/^Settings of/, /^Details of/])
    for (const button of await page.getByRole('button', { name: label }).all()) await button.click();
  return page;
}

/** Asks the server itself; `/props` neither wakes it nor keeps it awake. */
async function isAsleep({ baseUrl, apiKey }: ModelAccess): Promise<boolean> {
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const props = (await (await fetch(`${baseUrl}/props`, { headers })).json()) as { is_sleeping: boolean };
  return props.is_sleeping;
}

const foreignServer = async (...args: readonly string[]): Promise<string> => {
  const { url, stop } = await startForeignServer(...args);
  dispose.push(stop);
  return url;
};

describe('watching never disturbs', () => {
  it('a model of our own, which falls asleep on time and stays asleep', async () => {
    const corral = await started();
    const [{ modelId } = { modelId: '' }] = await modelsOf(corral);
    const settings = { sleepIdleSeconds: idleSeconds };
    expect((await send(corral, 'PATCH', `/api/models/${modelId}`, { settings })).status).toBe(200);
    await send(corral, 'POST', `/api/models/servers/start/${modelId}`);
    const model = async () => (await modelsOf(corral)).find((each) => each.modelId === modelId);
    await until('it is ready', async () => (await model())?.state === 'ready');
    const access = (await (await fetch(`${corral.url}/api/models/${modelId}/access`)).json()) as ModelAccess;
    await openEverything(corral);
    await chat(access, 8);

    const idleSinceMs = performance.now();
    await until('it sleeps', () => isAsleep(access), (idleSeconds + 4) * 1000);
    const sleptAfterMs = performance.now() - idleSinceMs;
    // On time: its own timer ticks in whole seconds, and ours adds nothing.
    expect(sleptAfterMs).toBeLessThan((idleSeconds + 2) * 1000);
    await until('the card says so', async () => (await model())?.state === 'sleeping', 4000);
    for (let period = 0; period < 4; period++) {
      await sleep(idleSeconds * 1000);
      expect(await isAsleep(access)).toBe(true);
      expect(await model()).toMatchObject({ state: 'sleeping', isHealthy: true, failureCode: null });
    }
    await chat(access, 8);
    await until('it is awake again', async () => (await model())?.state === 'ready', 4000);
    await until('it sleeps again', () => isAsleep(access), (idleSeconds + 4) * 1000);
  });

  it('a server of someone else, which falls asleep on time and stays asleep', async () => {
    const folder = path.join(root, '.cache', 'models', 'demo');
    const [{ path: file } = { path: '' }] = await ensureTinyModels(folder);
    const url = await foreignServer('-m', file, '--sleep-idle-seconds', String(idleSeconds));
    const corral = await started('--attach', url);
    const model = async () => (await modelsOf(corral)).find(({ endpointId }) => endpointId !== null);
    await until('it is watched', async () => (await model()) !== undefined);
    await openEverything(corral);
    const access = { baseUrl: url, apiKey: null };
    await chat(access, 8);
    await until('it sleeps', () => isAsleep(access), (idleSeconds + 4) * 1000);
    await until('the card says so', async () => (await model())?.state === 'sleeping', 4000);
    for (let period = 0; period < 4; period++) {
      await sleep(idleSeconds * 1000);
      expect(await isAsleep(access)).toBe(true);
    }
    expect(await model()).toMatchObject({ control: 'none', state: 'sleeping' });
  });

  it('a router, whose models stay unloaded until someone asks for one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corral-router-'));
    dispose.push(() => rm(folder, { recursive: true, force: true }));
    await ensureTinyModels(folder);
    const url = await foreignServer('--models-dir', folder);
    const corral = await started();
    const attached = await send(corral, 'POST', '/api/models/attach', { url });
    expect(attached.status).toBe(201);
    const watched = async () => (await modelsOf(corral)).filter(({ endpointId }) => endpointId !== null);
    await until('its models are cards', async () => (await watched()).length === 3);
    await openEverything(corral);
    const states = async (): Promise<string[]> => {
      const { data } = (await (await fetch(`${url}/models`)).json()) as {
        data: { status: { value: string } }[];
      };
      return data.map(({ status }) => status.value);
    };
    for (let look = 0; look < 8; look++) {
      await sleep(1000);
      expect(await states()).toEqual(['unloaded', 'unloaded', 'unloaded']);
    }
    const [first] = await watched();
    expect(first).toMatchObject({ control: 'router', state: 'offline' });
    await send(corral, 'POST', `/api/models/servers/start/${first?.modelId}`);
    await until('one is ready', async () => (await watched()).some(({ state }) => state === 'ready'));
    expect((await states()).sort()).toEqual(['loaded', 'unloaded', 'unloaded']);
    await send(corral, 'POST', `/api/models/servers/stop/${first?.modelId}`);
    await until('it is unloaded', async () => !(await states()).includes('loaded'));
    await sleep(3000);
    expect(await states()).toEqual(['unloaded', 'unloaded', 'unloaded']);
  });
});
