import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModelAccess, ModelStatus } from '@corral/core';
import { writeSmallGguf, writeTinyModel } from '@corral/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { llamaServersOf } from './support/processes.js';
import { until } from './support/until.js';

const dispose: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'corral-crash-'));
  dispose.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const modelsOf = async ({ url }: CorralProcess): Promise<readonly ModelStatus[]> =>
  ((await (await fetch(`${url}/api/models/status`)).json()) as { models: ModelStatus[] }).models;

/** Seconds of CPU that a process has used by itself, its children not counted. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe('many servers that crash', () => {
  it('twenty to `failed(crash_loop)` together cost at most 5 % of a core', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 20; i++) await writeSmallGguf(path.join(folder, `crasher-${i}.gguf`));
    const program = path.join(folder, 'crasher');
    writeFileSync(program, '#!/bin/sh\nsleep 0.2\nkill -SEGV $$\n');
    chmodSync(program, 0o755);
    const corral = await startCorral({ modelsDir: folder, args: ['--llama-server', program] });
    dispose.push(() => corral.dispose());
    const before = { cpuS: cpuSecondsOf(corral.pid), atMs: performance.now() };
    for (const { modelId } of await modelsOf(corral))
      await fetch(`${corral.url}/api/models/servers/start/${modelId}`, { method: 'POST' });
    const failed = async () =>
      (await modelsOf(corral)).every(({ failureCode }) => failureCode === 'crash_loop');
    await until(
      'all have given up',
      async () => (await new Promise((r) => setTimeout(r, 2000)), failed()),
      90_000,
    );
    const elapsedS = (performance.now() - before.atMs) / 1000;
    const share = (cpuSecondsOf(corral.pid) - before.cpuS) / elapsedS;
    console.log(`twenty crash loops: ${(100 * share).toFixed(1)} % of a core over ${elapsedS.toFixed(0)} s`);
    expect(share).toBeLessThan(0.05);
  });
});

/** Asks for an answer of so many tokens and waits for all of it; answers how many came. */
async function wholeAnswer({ baseUrl, apiKey }: ModelAccess, maxTokens: number): Promise<number | undefined> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({
      messages: [{ role: 'user', content: 'The rain' }],
      max_tokens: maxTokens,
      ignore_eos: true,
    }),
  }).catch(() => undefined);
  const answer = (await response?.json().catch(() => undefined)) as
    | { timings: { predicted_n: number } }
    | undefined;
  return answer?.timings.predicted_n;
}

describe('a stop under a client that waits for its whole answer', () => {
  it.each(['a stop of the model', 'F16 the end of the hub'])(
    'lets an answer finish that takes no longer than the drain: %s',
    async (end) => {
      const folder = temporaryFolder();
      await writeTinyModel(path.join(folder, 'slow.gguf'), { blocks: 12 });
      const corral = await startCorral({ modelsDir: folder });
      dispose.push(() => corral.dispose());
      const [{ modelId } = { modelId: '' }] = await modelsOf(corral);
      const command = (name: string) =>
        fetch(`${corral.url}/api/models/servers/${name}/${modelId}`, { method: 'POST' });
      await command('start');
      await until('it is ready', async () => (await modelsOf(corral))[0]?.state === 'ready');
      const access = (await (
        await fetch(`${corral.url}/api/models/${modelId}/access`)
      ).json()) as ModelAccess;
      const answer = wholeAnswer(access, 400);
      await until('it is busy', async () => ((await modelsOf(corral))[0]?.load?.processing ?? 0) > 0);
      const ended = end === 'a stop of the model' ? command('stop') : corral.kill('SIGTERM');
      expect(await answer).toBe(400);
      await ended;
      await until('nothing is left', () => llamaServersOf(corral.stateDir).length === 0);
    },
  );

  it('never takes longer than the grace and two seconds', async () => {
    const folder = temporaryFolder();
    await writeTinyModel(path.join(folder, 'slow.gguf'), { blocks: 12 });
    const corral = await startCorral({ modelsDir: folder });
    dispose.push(() => corral.dispose());
    const [{ modelId } = { modelId: '' }] = await modelsOf(corral);
    const command = (name: string) =>
      fetch(`${corral.url}/api/models/servers/${name}/${modelId}`, { method: 'POST' });
    const state = async () => (await modelsOf(corral))[0]?.state;
    for (const stop of ['a stop', 'a stop asked for twice']) {
      await command('start');
      await until('it is ready', async () => (await state()) === 'ready');
      const access = (await (
        await fetch(`${corral.url}/api/models/${modelId}/access`)
      ).json()) as ModelAccess;
      const client = wholeAnswer(access, 100_000);
      await until('it is busy', async () => ((await modelsOf(corral))[0]?.load?.processing ?? 0) > 0);
      const beganMs = performance.now();
      await command('stop');
      if (stop !== 'a stop') await command('stop');
      await until('it is off', async () => (await state()) === 'offline');
      const tookMs = performance.now() - beganMs;
      console.log(`${stop} under a waiting client: ${(tookMs / 1000).toFixed(1)} s`);
      expect(tookMs).toBeLessThan(stop === 'a stop' ? 12_000 : 5000);
      expect(llamaServersOf(corral.stateDir)).toEqual([]);
      await client;
    }
  });
});
