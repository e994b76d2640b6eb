import { connect, type RemoteHub } from '@corral/client';
import { launchBrowser } from '@corral/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat } from './support/chat.js';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { isAlive } from './support/processes.js';
import { until } from './support/until.js';

const filename = 'mesa-7m.gguf';

describe('a real llama-server under a live card in a real browser', () => {
  let corral: CorralProcess;
  let browser: Browser;
  let page: Page;
  let hub: RemoteHub;
  let card: Locator;
  const consoleLines: string[] = [];

  beforeAll(async () => {
    corral = await startCorral();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('console', (message) => consoleLines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => consoleLines.push(`pageerror: ${error.message}`));
    await page.goto(corral.url);
    hub = connect(corral.url, { transport: 'sse' });
    card = page.locator('model-card', { has: page.getByTitle(filename) });
  });
  afterAll(async () => {
    hub?.close();
    await browser?.close();
    await corral?.dispose();
  });

  const status = (): Locator => card.locator('[part=status] strong');
  const model = () => hub.models().find((candidate) => candidate.filename === filename);

  it('says offline before anyone starts it', async () => {
    await expect.poll(() => status().textContent()).toBe('OFFLINE');
    await expect.poll(() => card.getByRole('button', { name: `Start ${filename}` }).isVisible()).toBe(true);
  });

  it('reaches ready after a click on START', async () => {
    await card.getByRole('button', { name: `Start ${filename}` }).click();
    await expect.poll(() => status().textContent(), { timeout: 20_000 }).toBe('ACTIVE');
    await until('the client knows', () => model()?.state === 'ready');
    expect(isAlive(model()?.pid as number)).toBe(true);
  });

  it('shows a tokens/s trend that adds up to the tokens that were generated', async () => {
    const { modelId } = await until('the model', model);
    const access = await hub.modelAccess(modelId);
    await until('two idle slots', () => (hub.series(modelId)?.tokensPerSecond.length ?? 0) >= 2);
    let counted = 0;
    let lastAt: number | undefined;
    const stop = hub.subscribe('models:sampled', ({ at }) => {
      const series = hub.series(modelId)?.tokensPerSecond;
      const rate = series?.at(series.length - 1) ?? Number.NaN;
      const time = Date.parse(at);
      if (lastAt !== undefined && !Number.isNaN(rate)) counted += (rate * (time - lastAt)) / 1000;
      lastAt = time;
    });
    await until('a first tick of the window', () => lastAt);
    const generated: number[] = [];
    for (let round = 0; round < 3; round++) {
      generated.push(...(await Promise.all([chat(access, 900), chat(access, 1400)])));
    }
    const newest = card.locator('model-sparkline[metric=tokensPerSecond] [part=line]');
    await expect.poll(() => newest.getAttribute('d')).toMatch(/^M\d+ \d+ \d+ \d+/);
    const total = generated.reduce((sum, tokens) => sum + tokens, 0);
    await until('the last slots', () => counted >= total * 0.95, 5000).catch(() => undefined);
    const endTick = lastAt;
    await until('one more tick', () => lastAt !== endTick);
    stop();
    expect(total).toBe(3 * (900 + 1400));
    expect(Math.abs(counted - total) / total).toBeLessThan(0.05);
  });

  it('shows memory, latency and requests as they are', async () => {
    await expect
      .poll(() => card.locator('model-sparkline[metric=memoryGb] .current').textContent())
      .toMatch(/^0\.\d\d GB$/);
    await expect
      .poll(() => card.locator('model-sparkline[metric=latencyMs] .current').textContent())
      .toMatch(/^\d+ ms$/);
    await expect.poll(() => model()?.requestCount).toBe(6);
    expect(model()?.errorCount).toBe(0);
  });

  it('shows within 2 s that the server was killed, and that it comes back', async () => {
    const pid = model()?.pid as number;
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    await until('the card shows it', async () => (await status().textContent()) === 'BACKOFF', 2000);
    expect(performance.now() - killedAt).toBeLessThan(2000);
    await expect.poll(() => status().textContent(), { timeout: 20_000 }).toBe('ACTIVE');
    expect(model()?.pid).not.toBe(pid);
  });

  it('is offline with its process gone after a click on STOP', async () => {
    const pid = model()?.pid as number;
    await card.getByRole('button', { name: `Stop ${filename}` }).click();
    await expect.poll(() => status().textContent(), { timeout: 20_000 }).toBe('OFFLINE');
    expect(isAlive(pid)).toBe(false);
  });

  it('keeps the console silent', () => {
    expect(consoleLines).toEqual([]);
  });
});
