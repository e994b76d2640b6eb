/**
 * The fleet in real pages: real servers and recorded ones in one table, added and removed by people, and none of them ever
 * asked for anything that loads, wakes or generates.
 */
import { mkdtempSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Endpoint, RegistrySnapshot } from '@corral/core';
import { ensureTinyModels, launchBrowser, type RecordedKind, startRecordedServer } from '@corral/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';
import { startForeignServer } from './support/foreign-server.js';
import { startRecordingProxy } from './support/recording-proxy.js';
import { until } from './support/until.js';

let browser: Browser;
let corral: CorralProcess;
const dispose: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  corral = await startCorral();
});
afterAll(async () => {
  await browser.close();
  for (const end of dispose.splice(0).reverse()) await end();
  await corral.dispose();
});

const register = (port: number, more: object = {}): Promise<Response> =>
  fetch(`${corral.url}/api/registry/endpoints`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ host: '127.0.0.1', port, ...more }),
  });
const registry = async (): Promise<RegistrySnapshot> =>
  (await (await fetch(`${corral.url}/api/registry`)).json()) as RegistrySnapshot;
const endpointAt = async (port: number): Promise<Endpoint | undefined> =>
  (await registry()).endpoints.find((endpoint) => endpoint.port === port);

async function openFleet(): Promise<Page> {
  const page = await browser.newPage();
  dispose.push(() => page.close());
  await page.goto(`${corral.url}/#/fleet`);
  await page.locator('llm-registry-table').waitFor();
  return page;
}
const rowOf = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text });

describe('the table', () => {
  it('mixes real servers and recorded ones, each with its kind, status and models, and disturbs none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corral-fleet-'));
    const tiny = await ensureTinyModels(path.join(root, '.cache', 'models', 'demo'));
    for (const { path: file } of tiny) await symlink(file, path.join(folder, path.basename(file)));
    const single = await startForeignServer('-m', tiny[0]?.path ?? '');
    const router = await startForeignServer('--models-dir', folder);
    const singleProxy = await startRecordingProxy(single.port);
    const routerProxy = await startRecordingProxy(router.port);
    dispose.push(
      single.stop,
      router.stop,
      () => rm(folder, { recursive: true }),
      singleProxy.close,
      routerProxy.close,
    );
    const kinds = ['ollama', 'lm-studio', 'vllm', 'llama-swap', 'koboldcpp'] satisfies RecordedKind[];
    const recorded = await Promise.all(
      kinds.map(async (kind) => ({ kind, server: await startRecordedServer(kind) })),
    );
    dispose.push(
      ...recorded.map(
        ({ server }) =>
          () =>
            server.close(),
      ),
    );

    const page = await openFleet();
    const all = [
      { kind: 'llama-server', port: singleProxy.port },
      { kind: 'llama-router', port: routerProxy.port },
      ...recorded.map(({ kind, server }) => ({ kind, port: server.port })),
    ];
    for (const { port } of all) expect((await register(port)).status).toBe(201);
    for (const { kind, port } of all) {
      const endpoint = await until(`${kind} is healthy`, async () => {
        const found = await endpointAt(port);
        return found?.status === 'healthy' && found.models.length > 0 && found;
      });
      expect(endpoint).toMatchObject({ kind, condition: 'ok', source: 'manual', origin: 'registered' });
      const row = rowOf(page, `127.0.0.1:${port}`);
      await expect.poll(() => row.innerText(), { timeout: 5000 }).toMatch(/^healthy/);
    }
    expect((await endpointAt(singleProxy.port))?.models).toMatchObject([{ state: 'ready' }]);
    const offered = (await endpointAt(routerProxy.port))?.models ?? [];
    expect(offered.map(({ state }) => state)).toEqual(tiny.map(() => 'unloaded'));

    // A while of checks, with the table open; then what the servers themselves saw.
    const seen = singleProxy.requests.length;
    await until('many checks', () => singleProxy.requests.length >= seen + 5);
    for (const { kind, server } of recorded) expect(server.unsafe, kind).toEqual([]);
    const safe = /^GET \/(health|props|v1\/models|models)(\?autoload=false)?$/;
    for (const request of [...singleProxy.requests, ...routerProxy.requests]) expect(request).toMatch(safe);
  });
});

describe('people in two pages', () => {
  it('see what one of them adds and removes within a second', async () => {
    const server = await startRecordedServer('ollama');
    dispose.push(() => server.close());
    const [mine, theirs] = [await openFleet(), await openFleet()];
    await mine.getByLabel('Host', { exact: false }).first().fill('127.0.0.1');
    await mine.getByLabel('Port', { exact: false }).first().fill(String(server.port));
    const place = `127.0.0.1:${server.port}`;
    await mine.getByRole('button', { name: /^add/i }).click();
    const addedAtMs = performance.now();
    await Promise.all([mine, theirs].map((page) => rowOf(page, place).waitFor({ timeout: 5000 })));
    expect(performance.now() - addedAtMs).toBeLessThan(1000);

    await rowOf(mine, place)
      .getByRole('button', { name: /^remove/i })
      .click();
    await mine.getByRole('button', { name: /remove now|yes/i }).click();
    const removedAtMs = performance.now();
    await Promise.all(
      [mine, theirs].map((page) => rowOf(page, place).waitFor({ state: 'detached', timeout: 5000 })),
    );
    expect(performance.now() - removedAtMs).toBeLessThan(1000);
  });

  // I2, I3, I5, I6, I11, I12, I14, I15, I18
  it('are told at the field what is wrong with an address', async () => {
    const page = await openFleet();
    const ownPort = new URL(corral.url).port;
    const server = await startRecordedServer('ollama');
    dispose.push(() => server.close());
    expect((await register(server.port)).status).toBe(201);
    const table = page.locator('llm-registry-table');
    const host = table.getByLabel('Host', { exact: false }).first();
    const port = table.getByLabel('Port', { exact: false }).first();
    const refused = async (typed: [host: string, port: string], field: Locator): Promise<void> => {
      await host.fill(typed[0]);
      await port.fill(typed[1]);
      await page.keyboard.press('Enter');
      await expect
        .poll(() => field.getAttribute('aria-invalid'), { message: typed.join(' '), timeout: 5000 })
        .toBe('true');
    };
    await refused(['a..b', '11434'], host);
    await refused(['127.0.0.1', '8080abc'], port);
    await refused(['127.0.0.1', '22'], port);
    await refused(['http://user:pw@box', '11434'], host);
    await refused(['0x7f000001', String(server.port)], host);
    await refused(['169.254.169.254', '80'], host);
    await refused(['0.0.0.0', '11434'], host);
    await refused(['localhost', ownPort], host);
    expect((await registry()).endpoints.filter((each) => each.port === server.port)).toHaveLength(1);
  });
});

describe('a server that goes away', () => {
  // Another hub: ten may be registered a minute.
  beforeAll(async () => {
    const first = corral;
    dispose.push(() => first.dispose());
    corral = await startCorral();
  });

  it('is unhealthy within 3.8 s and healthy again after two good checks', async () => {
    const server = await startRecordedServer('ollama');
    const { port } = server;
    expect((await register(port)).status).toBe(201);
    await until('it is healthy', async () => (await endpointAt(port))?.status === 'healthy');
    const goneAtMs = performance.now();
    await server.close();
    await until('it is unhealthy', async () => (await endpointAt(port))?.status === 'unhealthy', 8000);
    // The promise is 3.8 s; this machine may be busy with other things.
    expect(performance.now() - goneAtMs).toBeLessThan(5000);
    expect(await endpointAt(port)).toMatchObject({ condition: 'refused' });
    const back = await startRecordedServer('ollama', { port });
    dispose.push(() => back.close());
    await until('it is healthy again', async () => (await endpointAt(port))?.status === 'healthy', 8000);
    expect(back.requests.length).toBeGreaterThanOrEqual(2);
  });

  it('that never answers at all is unhealthy, too', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    dispose.push(async () => silent.close());
    await until('it listens', () => silent.listening);
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect((await register(port)).status).toBe(201);
    await until('it is unhealthy', async () => (await endpointAt(port))?.status === 'unhealthy', 8000);
    expect(await endpointAt(port)).toMatchObject({ condition: 'timeout', kind: null, models: [] });
  });
});
