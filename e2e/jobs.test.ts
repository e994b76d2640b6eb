import { readFile } from 'node:fs/promises';
import { connect, type RemoteHub } from '@corral/client';
import { launchBrowser } from '@corral/testkit';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { until } from './support/until.js';

/** The example of those who asked for jobs. One try a task: the tiny model writes as long as it may. */
const example = {
  projectDescription: 'Write a Python script that prints hello world',
  successCriteria: 'The script prints hello world',
  budgetUsd: 0.5,
  maxIterations: 1,
};
const yaml = `project_description: ${example.projectDescription}
success_criteria:
  - ${example.successCriteria}
budget_usd: 0.50
time_limit_s: 600
concurrency: 2
max_iterations: 1
`;

describe('jobs on a real llama-server', () => {
  let corral: CorralProcess;
  let browser: Browser;
  let hub: RemoteHub;
  const problems: string[] = [];

  beforeAll(async () => {
    corral = await startCorral({ args: ['--max-output-tokens', '120'] });
    hub = connect(corral.url, { share: false });
    const [model] = await until('the models', () => (hub.models().length > 0 ? hub.models() : undefined));
    await hub.startModel(model?.modelId ?? '');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    hub?.close();
    await corral?.dispose();
  });

  async function open(hash: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // What a browser says itself of an answer that the page asked for: broken YAML is refused with 422.
      if (message.type() === 'error' && !message.text().includes('422')) problems.push(message.text());
    });
    await page.goto(`${corral.url}/${hash}`);
    return page;
  }

  /** Waits for the badge of the job. */
  const badge = (page: Page, word: string) =>
    page
      .locator('job-view [part=status]', { hasText: new RegExp(`${word}$`) })
      .first()
      .waitFor({ timeout: 110_000 });

  /** The whole log, as a person would save it. */
  async function logOf(page: Page): Promise<string> {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'DOWNLOAD' }).click();
    return readFile(await (await download).path(), 'utf8');
  }

  const tasksOf = (page: Page) => page.locator('task-card').locator('article').allInnerTexts();

  it('plans, runs, scores and ends; pages opened at different times show the same', async () => {
    const response = await fetch(`${corral.url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(example),
    });
    expect(response.status).toBe(201);
    const { jobId } = (await response.json()) as { jobId: string };
    const early = await open(`#/jobs/${jobId}`);
    await badge(early, 'Done');
    const late = await open(`#/jobs/${jobId}`);
    await badge(late, 'Done');

    const { job, tasks } = await hub.jobs.get(jobId);
    expect(job).toMatchObject({ status: 'done', finalStatus: 'done', statusReason: null });
    // Nobody said what the model costs, so nobody knows what the job did.
    expect(job.totalCost).toBeNull();
    expect(job.unpricedCalls).toBeGreaterThan(tasks.length);
    for (const task of tasks) {
      expect(['completed', 'degraded']).toContain(task.status);
      expect(task.score).toBeGreaterThanOrEqual(0);
      expect((await hub.jobs.task(jobId, task.taskId)).output).not.toBe('');
    }
    const texts = await tasksOf(early);
    expect(texts).toHaveLength(tasks.length);
    expect(await tasksOf(late)).toEqual(texts);
    const log = await logOf(early);
    expect(log).toContain('Planning');
    expect(await logOf(late)).toBe(log);
    await Promise.all([early.close(), late.close()]);
  });

  it('does the same from YAML that somebody typed', async () => {
    const page = await open('#/jobs/new');
    await page.getByRole('tab', { name: 'YAML' }).click();
    await page.locator('#yaml').fill('project_description: x\n  oops: [');
    await page
      .getByText(/line 2/i)
      .first()
      .waitFor();
    await page.locator('#yaml').fill(yaml);
    await page.getByText('10m', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'START JOB' }).click();
    await page.waitForURL(/#\/jobs\/(?!new)/);
    await badge(page, 'Done');
    const jobId = decodeURIComponent(page.url().split('/').at(-1) ?? '');
    const { job } = await hub.jobs.get(jobId);
    expect(job).toMatchObject({ status: 'done', budgetUsd: 0.5, timeLimitS: 600, concurrency: 2 });
    await page.close();
  });

  it('F73 frees the place at the server when a job is cancelled', async () => {
    const { jobId } = await hub.jobs.submit({
      projectDescription: 'Go on',
      tasks: [{ prompt: 'Go on and on, and never stop.' }],
    });
    const [model] = hub.models();
    const { baseUrl, apiKey } = await hub.modelAccess(model?.modelId ?? '');
    const busy = async (): Promise<number> => {
      const answer = await fetch(`${baseUrl}/slots`, { headers: { authorization: `Bearer ${apiKey}` } });
      const slots = (await answer.json()) as readonly { is_processing: boolean }[];
      return slots.filter((slot) => slot.is_processing).length;
    };
    await until('it writes', async () => (await busy()) > 0);
    await hub.jobs.cancel(jobId);
    await until('the place is free', async () => (await busy()) === 0, 5000);
    expect((await hub.jobs.get(jobId)).job.status).toBe('cancelled');
  });

  it('passes axe on every page of jobs, says nothing in the console, and works by keyboard', async () => {
    const [{ jobId } = { jobId: '' }] = hub.jobs.recent();
    for (const hash of ['#/jobs', '#/jobs/new', '#/jobs/history', `#/jobs/${jobId}`, '#/telemetry']) {
      const page = await open(hash);
      await page.locator('h2').first().waitFor();
      await page.waitForTimeout(300);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(async () => {
        const { axe: inPage } = globalThis as unknown as { axe: typeof import('axe-core') };
        return inPage.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
      });
      expect(violations.map(({ id, nodes }) => `${hash} ${id} ${nodes[0]?.html}`)).toEqual([]);
      await page.close();
    }
    const page = await open('#/jobs/new');
    const description = page.locator('#projectDescription');
    await description.focus();
    await page.keyboard.type('Typed, and started by keyboard');
    for (let i = 0; i < 20 && !(await isStart(page)); i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/jobs\/(?!new)/);
    const cancel = page.getByRole('button', { name: /^CANCEL/ });
    await cancel.focus();
    await page.keyboard.press('Enter');
    await badge(page, 'Cancelled');
    expect(problems).toEqual([]);
    await page.close();
  });

  const isStart = (page: Page): Promise<boolean> =>
    page.evaluate(() => {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      return active?.classList.contains('start') === true;
    });
});
