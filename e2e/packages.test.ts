import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTinyModels, findLlamaServer, launchBrowser } from '@corral/testkit';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support/corral-process.js';
import { until } from './support/until.js';

const packages = ['bullmq', 'core', 'client', 'elements', 'node-adapter'];

describe('the packages, packed and installed into an empty project', () => {
  const project = mkdtempSync(path.join(tmpdir(), 'corral empty project '));
  let example: ChildProcess | undefined;
  let output = '';
  let site: Server | undefined;

  beforeAll(() => {
    const tarballs = packages.map((name) => pack(name));
    writeFileSync(
      path.join(project, 'package.json'),
      JSON.stringify({ name: 'empty', private: true, type: 'module' }),
    );
    execFileSync(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--prefer-offline',
        '--ignore-scripts',
        '--loglevel',
        'error',
        ...tarballs,
      ],
      {
        cwd: project,
      },
    );
    cpSync(path.join(root, 'examples'), path.join(project, 'examples'), { recursive: true });
  }, 180_000);
  afterAll(async () => {
    example?.kill('SIGTERM');
    site?.close();
    await rm(project, { recursive: true, force: true });
  });

  function pack(name: string): string {
    const json = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', project, '--loglevel', 'error'],
      {
        cwd: path.join(root, 'packages', name),
        encoding: 'utf8',
      },
    );
    const [{ filename }] = JSON.parse(json) as [{ filename: string }];
    return path.join(project, filename);
  }

  it('bring nothing but what they name', () => {
    const installed = readdirSync(path.join(project, 'node_modules/@corral')).sort();
    expect(installed).toEqual([...packages].sort());
  });

  it('serve a real hub from the Node example', async () => {
    const llama = await findLlamaServer({ cacheDir: path.join(root, '.cache') });
    const models = path.join(root, '.cache/models/demo');
    await ensureTinyModels(models);
    example = spawn(process.execPath, [path.join(project, 'examples/node/server.mjs')], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MODELS_DIR: models,
        PORT: '0',
        XDG_STATE_HOME: path.join(project, 'state'),
        PATH: `${path.dirname(llama.command)}${path.delimiter}${process.env['PATH']}`,
      },
    });
    for (const stream of [example.stdout, example.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [first] = await modelsOf(await hubUrl());
    const started = await fetch(`${await hubUrl()}/api/models/servers/start/${first?.modelId}`, {
      method: 'POST',
    });
    expect(started.status).toBe(202);
    await until('the example says that it is ready', () => output.includes(`${first?.filename} ready`));
  });

  it('read the YAML of a job there', async () => {
    const yaml = await fetch(`${await hubUrl()}/api/jobs?dryRun=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: 'project_description: Say hello\nbudget_usd: 0.5\n',
    });
    expect(await yaml.json()).toMatchObject({
      spec: { projectDescription: 'Say hello', budgetUsd: 0.5, timeLimitS: 5400 },
    });
  });

  it('show its cards from the app example through a bundler', async () => {
    const bundle = await build({
      entryPoints: [path.join(project, 'examples/app/main.ts')],
      absWorkingDir: project,
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    const html = `<!doctype html><html data-hub="."><link rel="icon" href="data:,"><body><script type="module" src="/main.js"></script>`;
    const { hostname, port } = new URL(await hubUrl());
    site = createServer((incoming, outgoing) => {
      if (incoming.url === '/') outgoing.setHeader('content-type', 'text/html').end(html);
      else if (incoming.url === '/main.js')
        outgoing.setHeader('content-type', 'text/javascript').end(bundle.outputFiles[0]?.text);
      else relay(incoming.url ?? '/', hostname, port, outgoing).catch(() => outgoing.destroy());
    });
    await new Promise<void>((resolve) => site?.listen(0, '127.0.0.1', resolve));
    const browser = await launchBrowser();
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await expect
      .poll(() => page.locator('model-card').getByText('ACTIVE', { exact: true }).count(), {
        timeout: 15_000,
      })
      .toBe(1);
    expect(problems).toEqual([]);
    await browser.close();
  });

  it('run the command', () => {
    const help = execFileSync(path.join(project, 'node_modules/.bin/corral'), ['--help'], {
      encoding: 'utf8',
    });
    expect(help).toContain('corral serve');
  });

  it('give a strict TypeScript project its types', () => {
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom,dom.iterable',
    ];
    const types = ['--skipLibCheck', '--types', ''];
    execFileSync('tsc', [...options, ...types, 'examples/app/main.ts'], { cwd: project });
    writeFileSync(
      path.join(project, 'wrong.ts'),
      `import { connect } from '@corral/client';\nconnect(42);\n`,
    );
    expect(() =>
      execFileSync('tsc', [...options, ...types, 'wrong.ts'], { cwd: project, stdio: 'pipe' }),
    ).toThrow();
  });

  it('are the code that the README shows', () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    for (const file of [
      'node/server.mjs',
      'app/main.ts',
      'plain-html/index.html',
      'storybook/model-card.stories.ts',
    ]) {
      expect(readme).toContain(readFileSync(path.join(root, 'examples', file), 'utf8').trim());
    }
    const jobs = readFileSync(path.join(root, 'docs/jobs.md'), 'utf8');
    expect(jobs).toContain(readFileSync(path.join(root, 'examples/node/own-executor.mjs'), 'utf8').trim());
  });

  const hubUrl = async (): Promise<string> =>
    `http://127.0.0.1:${await until('the example listens', () => /listening on (\d+)/.exec(output)?.[1])}`;
});

async function modelsOf(url: string): Promise<{ modelId: string; filename: string }[]> {
  const { models } = (await (await fetch(`${url}/api/models/status`)).json()) as {
    models: { modelId: string; filename: string }[];
  };
  return models;
}

/** Passes a request on to the hub, as a reverse proxy in front of an app does. */
async function relay(url: string, hostname: string, port: string, outgoing: ServerResponse): Promise<void> {
  const answer = await fetch(`http://${hostname}:${port}${url}`);
  outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) outgoing.write(chunk);
  outgoing.end();
}
