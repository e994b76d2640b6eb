// Shows every story and docs page of a built Storybook in Chromium, two at a time. One fails when a story or its play
// function throws, when the console has an error, when a request fails or leaves this machine, or when axe finds a
// violation. Usage: node scripts/story-smoke.ts [folder] [--theme=light]
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve, sep } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
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

/** What a page of Storybook has of ours. */
type StoryPage = typeof globalThis & {
  __STORYBOOK_ADDONS_CHANNEL__?: {
    on(event: string, listener: (payload: StoryReport) => void): void;
    emit(event: string, payload: unknown): void;
  };
  /** The outcome of what the page shows. */
  storyOutcome?: Promise<Outcome>;
  /** Begins to wait for the outcome of another story. */
  expectStory?: (storyId: string | null) => void;
};

interface StoryReport {
  readonly storyId?: string;
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

/** Runs in the page before anything else: listens to Storybook's channel, on which the a11y addon reports too. */
function watchStories(): void {
  const page = globalThis as StoryPage;
  let errors: string[] = [];
  let expectedId: string | null = null;
  let done: (outcome: Outcome) => void = () => {};
  page.expectStory = (storyId) => {
    expectedId = storyId;
    errors = [];
    page.storyOutcome = new Promise((resolve) => {
      done = resolve;
    });
  };
  page.expectStory(new URL(location.href).searchParams.get('id'));
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
    channel.on('storyFinished', ({ storyId, status, reporters = [] }) => {
      if (storyId !== expectedId) return;
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
}

/** A page that tells `report` whatever goes wrong in it. */
async function openPage(context: BrowserContext, report: (problem: string) => void): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') report(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => report(`page error: ${error.message}`));
  page.on('requestfailed', (request) => report(`request failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) report(`status ${response.status()}: ${response.url()}`);
  });
  page.on('dialog', (dialog) => {
    report(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.route(
    ({ protocol, hostname }) => /^(https?|wss?):$/.test(protocol) && hostname !== '127.0.0.1',
    (route) => {
      report(`left this machine: ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.addInitScript(watchStories);
  return page;
}

/** Shows one entry after the other in a page of its own, and tells what is wrong with each. */
class Visitor {
  readonly #context: BrowserContext;
  readonly #base: string;
  readonly #globals: string;
  #problems: string[] = [];
  #page: Page | undefined;

  constructor(context: BrowserContext, base: string, globals: string) {
    this.#context = context;
    this.#base = base;
    this.#globals = globals;
  }

  async visit(entry: Entry): Promise<string[]> {
    this.#problems = [];
    try {
      const outcome = await this.#outcomeOf(entry);
      if (!outcome) this.#problems.push(`not rendered within ${renderTimeoutMs} ms`);
      else {
        this.#problems.push(...outcome.errors, ...outcome.violations.map((violation) => `axe ${violation}`));
        if (entry.type === 'story' && outcome.errors.length === 0 && !outcome.checkedByAxe)
          this.#problems.push('axe did not run');
      }
    } catch (error) {
      this.#problems.push(String(error));
    }
    // A story that failed, or a docs page, is no place for the next one.
    if (this.#problems.length > 0 || entry.type === 'docs') await this.#closePage();
    return this.#problems;
  }

  async #outcomeOf({ id, type }: Entry): Promise<Outcome | undefined> {
    if (type === 'docs') await this.#closePage();
    if (this.#page) await this.#page.evaluate(showStory, id);
    else {
      this.#page = await openPage(this.#context, (problem) => this.#problems.push(problem));
      await this.#page.goto(`${this.#base}/iframe.html?id=${id}&viewMode=${type}&globals=${this.#globals}`);
    }
    return this.#page.evaluate(
      (limitMs) =>
        Promise.race([
          (globalThis as StoryPage).storyOutcome,
          new Promise<undefined>((late) => {
            setTimeout(() => late(undefined), limitMs);
          }),
        ]),
      renderTimeoutMs,
    );
  }

  async #closePage(): Promise<void> {
    await this.#page?.close();
    this.#page = undefined;
  }
}

/** Runs in the page: goes on to another story as Storybook's own sidebar does, without loading everything again. */
function showStory(storyId: string): void {
  const page = globalThis as StoryPage;
  page.expectStory?.(storyId);
  page.__STORYBOOK_ADDONS_CHANNEL__?.emit('setCurrentStory', { storyId, viewMode: 'story' });
}

async function visitAll(
  browser: Browser,
  base: string,
  entries: readonly Entry[],
  globals: string,
): Promise<number> {
  // Docs pages come last: each needs a page of its own, and stories do not.
  const waiting = entries.toSorted((a, b) => Number(a.type === 'docs') - Number(b.type === 'docs'));
  let failed = 0;
  const worker = async (): Promise<void> => {
    const context = await browser.newContext();
    const visitor = new Visitor(context, base, globals);
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      const problems = await visitor.visit(entry);
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
