// Visits every story and docs page of a built Storybook in Chromium, two at a time. A page fails when a story or its
// play function throws, when the console has an error, when a request fails or leaves this machine, or when axe finds
// a violation. Usage: node scripts/story-smoke.ts [folder] [--theme=light]
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve, sep } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser } from '../packages/testkit/src/browser.ts';

const concurrency = 2;
const renderTimeoutMs = 20_000;

interface Entry {
  readonly id: string;
  readonly type: 'story' | 'docs';
}

/** What a page says of itself when it is done. */
interface Outcome {
  readonly errors: readonly string[];
  readonly violations: readonly string[];
  readonly checkedByAxe: boolean;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

async function serve(root: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(root, normalize(decodeURIComponent(pathname)));
    const content = file.startsWith(root + sep) ? await readFile(file).catch(() => undefined) : undefined;
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, { 'content-type': contentTypes[extname(file)] ?? 'application/octet-stream' })
      .end(content);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return server;
}

/** Runs in the page before anything else: listens to Storybook's channel, on which the a11y addon reports too. */
function watchStory(): void {
  interface Channel {
    on(event: string, listener: (payload: StoryReport) => void): void;
  }
  interface StoryReport {
    readonly message?: string;
    readonly title?: string;
    readonly status?: string;
    readonly reporters?: readonly {
      readonly type: string;
      readonly result?: {
        readonly violations?: readonly {
          readonly id: string;
          readonly nodes: readonly { readonly target: unknown }[];
        }[];
      };
    }[];
  }
  const page = globalThis as typeof globalThis & {
    __STORYBOOK_ADDONS_CHANNEL__?: Channel;
    storyOutcome?: Promise<Outcome>;
  };
  page.storyOutcome = new Promise((done) => {
    const errors: string[] = [];
    const listen = setInterval(() => {
      const channel = page.__STORYBOOK_ADDONS_CHANNEL__;
      if (!channel) return;
      clearInterval(listen);
      for (const event of [
        'storyErrored',
        'storyThrewException',
        'playFunctionThrewException',
        'storyMissing',
      ]) {
        channel.on(event, (report) => {
          errors.push(`${event}: ${report.message ?? report.title ?? String(report)}`);
          // The page may still report violations; it does not have to.
          setTimeout(() => done({ errors, violations: [], checkedByAxe: false }), 1000);
        });
      }
      channel.on('docsRendered', () => done({ errors, violations: [], checkedByAxe: false }));
      channel.on('storyFinished', ({ status, reporters = [] }) => {
        const reports = reporters.filter(({ type }) => type === 'a11y');
        const violations = reports.flatMap(({ result }) => result?.violations ?? []);
        if (status === 'error' && violations.length === 0 && errors.length === 0)
          errors.push('the story finished with an error');
        done({
          errors,
          violations: violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => String(target)).join(', ')}`,
          ),
          checkedByAxe: reports.length > 0,
        });
      });
    }, 5);
  });
}

/** Everything that is wrong with one page. */
async function visit(
  context: BrowserContext,
  base: string,
  { id, type }: Entry,
  globals: string,
): Promise<string[]> {
  const problems: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`request failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`);
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.route(
    ({ protocol, hostname }) => /^(https?|wss?):$/.test(protocol) && hostname !== '127.0.0.1',
    (route) => {
      problems.push(`left this machine: ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.addInitScript(watchStory);
  try {
    await page.goto(`${base}/iframe.html?id=${id}&viewMode=${type}&globals=${globals}`);
    const outcome = await page.evaluate(
      (limitMs) =>
        Promise.race([
          (globalThis as typeof globalThis & { storyOutcome?: Promise<Outcome> }).storyOutcome,
          new Promise<undefined>((late) => {
            setTimeout(() => late(undefined), limitMs);
          }),
        ]),
      renderTimeoutMs,
    );
    if (!outcome) problems.push(`not rendered within ${renderTimeoutMs} ms`);
    else {
      problems.push(...outcome.errors, ...outcome.violations.map((violation) => `axe ${violation}`));
      if (type === 'story' && outcome.errors.length === 0 && !outcome.checkedByAxe)
        problems.push('axe did not run');
    }
  } catch (error) {
    problems.push(String(error));
  }
  await page.close();
  return problems;
}

async function visitAll(
  browser: Browser,
  base: string,
  entries: readonly Entry[],
  globals: string,
): Promise<number> {
  const waiting = [...entries];
  let failed = 0;
  const worker = async (): Promise<void> => {
    const context = await browser.newContext();
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      const problems = await visit(context, base, entry, globals);
      if (problems.length > 0) failed += 1;
      console.log(`${problems.length > 0 ? 'FAIL' : 'ok  '} ${entry.type.padEnd(5)} ${entry.id}`);
      for (const problem of problems) console.log(`     ${problem.slice(0, 400)}`);
    }
    await context.close();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return failed;
}

const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? 'storybook-static';
const theme = process.argv.find((argument) => argument.startsWith('--theme='))?.slice('--theme='.length);
const root = resolve(folder);
const index: { entries: Record<string, Entry> } = JSON.parse(
  await readFile(join(root, 'index.json'), 'utf8'),
);
const entries = Object.values(index.entries);
if (entries.length === 0) throw new Error(`Expected stories in ${root}`);
const server = await serve(root);
const browser = await launchBrowser();
try {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failed = await visitAll(browser, base, entries, theme ? `theme:${theme}` : '');
  console.log(`${entries.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}
