import { launchBrowser } from '@corral/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';

describe('the dashboard of a hub with a token', () => {
  let corral: CorralProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    corral = await startCorral({ args: ['--token', 'open-sesame'] });
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(corral.url);
  });
  afterAll(async () => {
    await browser?.close();
    await corral?.dispose();
  });

  async function enter(token: string): Promise<void> {
    await page.getByLabel('This hub asks for its token').fill(token);
    await page.getByRole('button', { name: 'CONNECT' }).click();
  }

  it('asks for it, and claims to know nothing before', async () => {
    await page.getByLabel('This hub asks for its token').waitFor({ timeout: 10_000 });
    expect(await page.getByText('A valid token is needed').count()).toBe(1);
    expect(await page.getByText('0 models').count()).toBe(0);
  });

  it('says that a wrong one is wrong', async () => {
    await enter('open-barley');
    await page.getByText('That is not its token.').waitFor({ timeout: 10_000 });
  });

  it('shows the cards with the right one, and still after a reload', async () => {
    await enter('open-sesame');
    await expect.poll(() => page.locator('model-card').count(), { timeout: 10_000 }).toBe(3);
    expect(await page.getByLabel('This hub asks for its token').isVisible()).toBe(false);
    await page.reload();
    await expect.poll(() => page.locator('model-card').count(), { timeout: 10_000 }).toBe(3);
  });
});
