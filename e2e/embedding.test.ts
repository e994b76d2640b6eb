import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Api, createApi, createHub, type Hub } from '@corral/node-adapter';
import { ensureTinyModels, findLlamaServer, launchBrowser } from '@corral/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat } from './support/chat.js';
import { root, startCorral } from './support/corral-process.js';
import { freePort } from './support/free-port.js';
import { type StaticSite, serveSite } from './support/static-site.js';
import { until } from './support/until.js';

const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'";

describe('a plain HTML page with one script tag', () => {
  let browser: Browser;
  let hub: Hub;
  let api: Api;
  let own: StaticSite;
  let foreign: StaticSite;
  let stranger: StaticSite;
  let policy: string | undefined;
  const stateDir = mkdtempSync(path.join(tmpdir(), 'corral-embed-'));

  beforeAll(async () => {
    const llama = await findLlamaServer({ cacheDir: path.join(root, '.cache') });
    const modelsDir = path.join(root, '.cache/models/demo');
    await ensureTinyModels(modelsDir);
    hub = await createHub({ modelsDir, stateDir, llamaServer: { command: llama.command, env: llama.env } });
    foreign = await serveSite(() => ({ hubUrl: own.origin, ...(policy && { policy }) }));
    stranger = await serveSite(() => ({ hubUrl: own.origin }));
    api = createApi(hub, { allowedOrigins: [foreign.origin] });
    own = await serveSite(() => ({ hubUrl: '.', ...(policy && { policy }) }), api.nodeHandler);
    browser = await launchBrowser();
    const { modelId } = hub.models()[0] as { modelId: string };
    await hub.startModel(modelId);
    await hub.modelManager.whenReady(modelId);
    await chat(await hub.modelAccess(modelId), 500);
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.dispose();
    api?.dispose();
    await Promise.all([own?.close(), foreign?.close(), stranger?.close()]);
    await rm(stateDir, { recursive: true, force: true });
  });

  async function open(url: string): Promise<{ page: Page; lines: string[] }> {
    const page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => lines.push(`pageerror: ${error.message}`));
    await page.goto(url);
    return { page, lines };
  }

  async function showsLiveCards(url: string): Promise<void> {
    const { page, lines } = await open(url);
    await expect.poll(() => page.locator('model-card').count(), { timeout: 10_000 }).toBe(3);
    await expect.poll(() => page.locator('model-card').getByText('ACTIVE', { exact: true }).count()).toBe(1);
    const latency = page
      .locator('model-card', { hasText: 'ACTIVE' })
      .locator('model-sparkline[metric=latencyMs]');
    const trend = await latency.locator('path').getAttribute('d');
    await expect.poll(() => latency.locator('path').getAttribute('d'), { timeout: 10_000 }).not.toBe(trend);
    expect(lines).toEqual([]);
    await page.close();
  }

  it('shows live cards from the hub’s own origin', () => showsLiveCards(`${own.origin}/embed.html`));

  it('shows live cards from a second, allowed origin', () => showsLiveCards(`${foreign.origin}/embed.html`));

  it('shows live cards under a strict policy from its own origin', async () => {
    policy = strictPolicy;
    await showsLiveCards(`${own.origin}/embed.html`);
    policy = undefined;
  });

  it('shows live cards under a strict policy that names the hub, from the second origin', async () => {
    policy = strictPolicy.replace("connect-src 'self'", `connect-src ${own.origin}`);
    await showsLiveCards(`${foreign.origin}/embed.html`);
    policy = undefined;
  });

  it('shows nothing to an origin that is not allowed', async () => {
    const { page } = await open(`${stranger.origin}/embed.html`);
    await expect
      .poll(() => page.locator('model-grid').getByText('Connecting…').count(), { timeout: 10_000 })
      .toBe(1);
    expect(await page.locator('model-card').count()).toBe(0);
    await page.close();
  });

  // F87: HTTP/1.1 gives a browser six connections to a host.
  it('loads in a seventh tab, and all tabs follow one shared stream', async () => {
    const context = await browser.newContext();
    const pages: Page[] = [];
    for (let i = 0; i < 7; i++) {
      const page = await context.newPage();
      pages.push(page);
      await page.goto(`${own.origin}/embed.html`);
      await page.locator('model-card').first().waitFor({ timeout: 10_000 });
    }
    expect(api.streamCount).toBe(1);
    await pages[0]?.close();
    const last = pages[6] as Page;
    const path0 = await last
      .locator('model-card', { hasText: 'ACTIVE' })
      .locator('[metric=latencyMs] path')
      .getAttribute('d');
    await expect
      .poll(
        () =>
          last
            .locator('model-card', { hasText: 'ACTIVE' })
            .locator('[metric=latencyMs] path')
            .getAttribute('d'),
        { timeout: 10_000 },
      )
      .not.toBe(path0);
    await until('the next page leads', () => api.streamCount === 1);
    await context.close();
  });
});

describe('a page that stays open while its hub restarts', () => {
  // F88
  it('says that it reconnects, then shows the new facts once', async () => {
    const port = await freePort();
    const first = await startCorral({ args: ['--port', String(port)] });
    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(first.url);
    await page.locator('model-card').first().waitFor();
    await first.kill('SIGTERM');
    await expect.poll(() => page.getByText('Reconnecting…').count(), { timeout: 10_000 }).toBe(1);
    const second = await startCorral({ args: ['--port', String(port)], stateDir: first.stateDir });
    const backAt = performance.now();
    await expect.poll(() => page.getByText('Live', { exact: true }).count(), { timeout: 15_000 }).toBe(1);
    // The hub asks its readers to wait 2 to 5 s.
    expect(performance.now() - backAt).toBeLessThan(6000);
    expect(await page.locator('model-card').count()).toBe(3);
    await browser.close();
    await second.dispose();
  });
});
