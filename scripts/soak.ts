// The long suite: first the tests that can be asked for more, with their full counts. Then the soak: a real hub over real
// servers for half an hour, with faults all the while. Nothing may grow.
//   npm run test:long            the tests, then 30 minutes
//   npm run test:long -- 10      the tests, then 10 minutes; under 20 the heap is still warming up, and only what is left is judged
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ensureTinyModels, findLlamaServer } from '@corral/testkit';
import { build } from './build.ts';
import { keepBusy } from './demo-load.ts';
import { root, say } from './lib/bootstrap.mjs';
import { runLongTests } from './long-tests.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const minutes = Number(process.argv[2] ?? 30);
if (!(minutes > 0)) throw new Error(`Expected a number of minutes, got ${process.argv[2]}`);
const sampleEveryMs = 10_000;
const limits = { heapDrift: 0.02, rssPerTenMinutes: 1e6 } as const;

await build();
const longTests = await runLongTests().then(
  () => [],
  (error: unknown) => {
    console.error(String(error));
    return ['the tests with their full counts'];
  },
);
const { createApi, createHub, createLogger, listen } = await import('@corral/node-adapter');
const cacheDir = path.join(root, '.cache');
const llama = await findLlamaServer({ cacheDir });
const modelsDir = path.join(cacheDir, 'models', 'demo');
const [{ path: modelFile } = { path: '' }] = await ensureTinyModels(modelsDir);
const stateDir = mkdtempSync(path.join(tmpdir(), 'corral-soak-'));
const hub = await createHub({
  modelsDir,
  stateDir,
  llamaServer: { command: llama.command, env: llama.env },
  stopGraceMs: 3000,
  drainMs: 500,
  logger: createLogger({ level: 'error' }),
});
const api = createApi(hub);
const server = await listen(api.nodeHandler, '127.0.0.1', 0);
const foreign = await foreignServer();
const stopLoad = keepBusy(hub);

/** What is done again and again, at random. None of it may throw. */
const disturbances: readonly (() => Promise<unknown>)[] = [
  async () => hub.startAllModels(),
  async () => hub.restartModel(anyModel()),
  async () => hub.stopModel(anyModel()),
  async () => killOne(),
  async () => hub.rescanModels(),
  async () => hub.updateModel(anyModel(), { pinned: Math.random() < 0.5 }),
  async () => hub.attachEndpoint({ url: foreign.url }),
  async () => Promise.all(hub.registry().endpoints.map(({ id }) => hub.removeEndpoint(id))),
  async () => readStream(500 + 4000 * Math.random()),
  async () => fetch(`${server.url}/api/models/${anyModel()}/details`).then((answer) => answer.text()),
  async () => fetch(`${server.url}/api/models/status`).then((answer) => answer.text()),
];

interface Sample {
  readonly heap: number;
  readonly rss: number;
  readonly descriptors: number;
  readonly listeners: number;
  readonly timers: number;
}
const samples: Sample[] = [];
const before = sampleNow();
const endMs = performance.now() + minutes * 60_000;
let nextSampleMs = performance.now() + sampleEveryMs;
say(`soaking for ${minutes} minutes`);
while (performance.now() < endMs) {
  const disturb = disturbances[Math.floor(Math.random() * disturbances.length)];
  // Commands that come at the wrong moment are refused, which is part of the soak.
  await disturb?.().catch(() => {});
  await sleep(200 + 600 * Math.random());
  if (performance.now() < nextSampleMs) continue;
  nextSampleMs += sampleEveryMs;
  samples.push(sampleNow());
}
stopLoad();
await hub.stopAllModels();
await Promise.all(hub.registry().endpoints.map(({ id }) => hub.removeEndpoint(id)));
await Promise.all(hub.models().map(({ modelId }) => hub.modelManager.whenStopped(modelId).catch(() => {})));
await sleep(6000);
const after = sampleNow();
await hub.dispose();
api.dispose();
await server.close();
await foreign.stop();
await rm(stateDir, { recursive: true, force: true });

const quarter = Math.floor(samples.length / 4);
const second = samples.slice(quarter, 2 * quarter);
const fourth = samples.slice(3 * quarter);
const drift = median(fourth, 'heap') / median(second, 'heap') - 1;
const rssSlope = (median(fourth, 'rss') - median(second, 'rss')) / ((minutes / 2) * 60_000);
const rssPerTenMinutes = rssSlope * 600_000;
const growth = (['descriptors', 'listeners', 'timers'] as const).filter((name) => after[name] > before[name]);
console.log(
  `heap ${mb(median(second, 'heap'))} -> ${mb(median(fourth, 'heap'))} MB (${(100 * drift).toFixed(1)} %), ` +
    `RSS ${mb(median(second, 'rss'))} -> ${mb(median(fourth, 'rss'))} MB (${mb(rssPerTenMinutes)} MB in ten minutes), ` +
    `before ${JSON.stringify(counts(before))}, after ${JSON.stringify(counts(after))}`,
);
const isWarm = minutes >= 20;
const failures = [
  ...longTests,
  ...(isWarm && drift > limits.heapDrift ? ['the heap grows'] : []),
  ...(isWarm && rssPerTenMinutes > limits.rssPerTenMinutes ? ['the resident set grows'] : []),
  ...growth.map((name) => `more ${name} than at the start`),
];
console.log(failures.length > 0 ? `1 failed: ${failures.join(', ')}` : '1 passed, 0 failed');
process.exit(failures.length > 0 ? 1 : 0);

function sampleNow(): Sample {
  collectGarbage();
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heap: heapUsed,
    rss,
    descriptors: readdirSync('/proc/self/fd').length,
    listeners: hub.events.listenerCount,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
}

function counts({ descriptors, listeners, timers }: Sample) {
  return { descriptors, listeners, timers };
}

function median(of: readonly Sample[], name: keyof Sample): number {
  return of.map((sample) => sample[name]).sort((a, b) => a - b)[of.length >> 1] ?? Number.NaN;
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function anyModel(): string {
  const own = hub.models().filter(({ control }) => control === 'owned');
  return own[Math.floor(Math.random() * own.length)]?.modelId ?? '';
}

async function killOne(): Promise<void> {
  const { pid } = hub.models().find(({ state }) => state === 'ready') ?? { pid: null };
  if (pid !== null) process.kill(pid, 'SIGKILL');
}

async function readStream(forMs: number): Promise<void> {
  const over = new AbortController();
  const answer = await fetch(`${server.url}/api/events`, { signal: over.signal });
  const reader = answer.body?.getReader();
  const timer = setTimeout(() => over.abort(), forMs);
  try {
    while (reader && !(await reader.read()).done);
  } finally {
    clearTimeout(timer);
  }
}

/** A llama-server that is not the hub's. */
async function foreignServer(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
  const child = spawn(
    llama.command,
    ['-m', modelFile, '--host', '127.0.0.1', '--port', String(port), '--metrics'],
    { env: { ...process.env, ...llama.env }, stdio: 'ignore' },
  );
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
