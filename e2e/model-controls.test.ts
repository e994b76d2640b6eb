import { copyFileSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTinyModels, launchBrowser } from '@corral/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, root, startCorral } from './support/corral-process.js';

/** What a person does with local models, on the dashboard over real servers; each test goes on from the one before. */
describe('the dashboard over three real models', () => {
  let folder: string;
  let corral: CorralProcess;
  let browser: Browser;
  let page: Page;
  const consoleLines: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'corral-controls-'));
    for (const { path: file } of await ensureTinyModels(path.join(root, '.cache', 'models', 'demo')))
      copyFileSync(file, path.join(folder, path.basename(file)));
    corral = await startCorral({ modelsDir: folder });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on('console', (message) => consoleLines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => consoleLines.push(`pageerror: ${error.message}`));
    await page.goto(corral.url);
  });
  afterAll(async () => {
    await browser?.close();
    await corral?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const card = (name: string): Locator => page.locator('model-card', { has: page.getByTitle(name) });
  const states = async (): Promise<string[]> =>
    page.locator('model-card [part=status] strong').allTextContents();
  const all = (state: string) => expect.poll(states, { timeout: 30_000 }).toEqual([state, state, state]);

  /** Texts inside of elements count too, which `innerText` does not see. */
  const says = (where: Locator, text: string): Promise<unknown> =>
    expect.poll(() => where.getByText(text).count(), { timeout: 10_000 }).toBeGreaterThan(0);

  it('starts all of them', async () => {
    await expect.poll(states).toEqual(['OFFLINE', 'OFFLINE', 'OFFLINE']);
    await page.getByRole('button', { name: 'START ALL' }).click();
    await all('ACTIVE');
  });

  it('says where each number comes from', async () => {
    const meadow = card('meadow-2m.gguf');
    await meadow.getByRole('button', { name: /^Details of/ }).click();
    await says(meadow, '/proc/<pid>/status');
    await says(meadow, '/metrics');
    await expect.poll(() => meadow.locator('model-details pre').innerText()).toContain('listening');
    await meadow.getByRole('button', { name: /^Details of/ }).click();
  });

  it('takes a setting, names a wrong one at its field, and says that a restart is needed', async () => {
    const meadow = card('meadow-2m.gguf');
    await meadow.getByRole('button', { name: /^Settings of/ }).click();
    const contextSize = meadow.getByLabel('Context size', { exact: true });
    await contextSize.fill('-5');
    await meadow.getByRole('button', { name: 'SAVE', exact: true }).click();
    await expect.poll(() => contextSize.getAttribute('aria-invalid')).toBe('true');
    await contextSize.fill('2048');
    await meadow.getByRole('button', { name: 'SAVE', exact: true }).click();
    await says(meadow, 'Restart needed');
    await meadow
      .getByRole('button', { name: /^Restart/ })
      .first()
      .click();
    await expect.poll(() => meadow.getByText('Restart needed').count(), { timeout: 20_000 }).toBe(0);
    await all('ACTIVE');
  });

  it('finds what was added to the folder, and gives reasons for what is none', async () => {
    copyFileSync(path.join(folder, 'meadow-2m.gguf'), path.join(folder, 'another.gguf'));
    writeFileSync(path.join(folder, 'notes.gguf'), 'these are only notes');
    symlinkSync('/etc/passwd', path.join(folder, 'passwd.gguf'));
    await page.getByRole('button', { name: 'RE-SCAN' }).click();
    await card('another.gguf').waitFor({ timeout: 10_000 });
    await says(page.locator('model-grid'), 'leads out of the models folder');
    await says(page.locator('model-grid'), 'not a GGUF file');
  });

  it('stops all of them, after it was asked twice', async () => {
    await page.getByRole('button', { name: 'STOP ALL' }).click();
    await page.getByRole('button', { name: /STOP (ALL )?NOW/ }).click();
    await expect.poll(states, { timeout: 30_000 }).toEqual(['OFFLINE', 'OFFLINE', 'OFFLINE', 'OFFLINE']);
  });

  it('attaches a server of someone else, and names what is wrong with an address', async () => {
    await page.getByRole('button', { name: 'ATTACH SERVER' }).click();
    const address = page.getByLabel('Server', { exact: true });
    await address.fill('http://169.254.169.254/');
    await page.getByRole('button', { name: 'ATTACH', exact: true }).click();
    await expect.poll(() => address.getAttribute('aria-invalid'), { timeout: 10_000 }).toBe('true');
    await address.fill(corral.url);
    await page.getByRole('button', { name: 'ATTACH', exact: true }).click();
    await says(page.locator('model-grid'), 'this very program');
  });

  it('keeps the console silent', () => {
    // A browser writes each answer with an error status into the console by itself.
    expect(consoleLines.filter((line) => !line.includes('Failed to load resource'))).toEqual([]);
  });
});
