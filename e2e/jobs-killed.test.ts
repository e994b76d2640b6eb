import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type RemoteHub } from '@corral/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { type ScriptedUpstream, startScriptedUpstream, usagePerCall } from './support/scripted-upstream.js';
import { until } from './support/until.js';

/** `npm run test:long` asks for 200. */
const kills = Number(process.env['CORRAL_KILLS'] ?? 20);
const price = { inputUsdPer1M: 2, outputUsdPer1M: 10 };
const callUsd =
  (usagePerCall.inputTokens * price.inputUsdPer1M + usagePerCall.outputTokens * price.outputUsdPer1M) / 1e6;

describe('F61 F72 a hub that is killed in the middle of a job', () => {
  const upstreams: ScriptedUpstream[] = [];
  const stateDir = mkdtempSync(path.join(tmpdir(), 'corral-killed-'));
  const modelsDir = path.join(stateDir, 'no-models');
  const pricesFile = path.join(stateDir, 'prices.json');
  let corral: CorralProcess | undefined;
  let hub: RemoteHub;

  beforeAll(async () => {
    for (let i = 0; i < 3; i++)
      upstreams.push(await startScriptedUpstream('scripted', () => 10 + 60 * Math.random()));
    writeFileSync(pricesFile, JSON.stringify([{ model: 'scripted', ...price }]));
  });
  afterAll(async () => {
    hub?.close();
    await corral?.dispose();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    await rm(stateDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    corral = await startCorral({ stateDir, modelsDir, args: ['--prices', pricesFile] });
    hub = connect(corral.url, { share: false });
  }

  const calls = () => upstreams.flatMap((upstream) => upstream.calls);

  it(`loses no result, repeats none and counts every call, over ${kills} kills`, async () => {
    await start();
    for (const { port } of upstreams) await hub.registerEndpoint({ host: '127.0.0.1', port });
    const tasks = Array.from({ length: kills * 40 }, (_, i) => ({ prompt: `[[task-${i + 1}]]` }));
    const shape = { budgetUsd: 1000, concurrency: 3, maxIterations: 1 };
    const { jobId } = await hub.jobs.submit({
      projectDescription: 'first',
      ...shape,
      tasks: tasks.slice(0, 1000),
    });

    /** When each task was told to be completed. */
    const told = new Map<string, number>();
    const resumes: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const leaving = new AbortController();
      const following = follow(jobId, told, leaving.signal);
      await sleep(30 + 700 * Math.random());
      await corral?.kill('SIGKILL');
      leaving.abort();
      await following;
      hub.close();
      const seen = calls().length;
      await start();
      const readyMs = performance.now();
      await until('it goes on', () => calls().length > seen);
      resumes.push(performance.now() - readyMs);
      const { tasks: after } = await hub.jobs.get(jobId);
      const byId = new Map(after.map((task) => [task.taskId, task]));
      for (const taskId of told.keys()) expect(byId.get(taskId)?.status, taskId).toBe('completed');
    }
    const { job } = await hub.jobs.get(jobId);
    await hub.jobs.cancel(jobId);

    const again = calls().filter(({ taskId, atMs }) => atMs > (told.get(taskId) ?? Number.POSITIVE_INFINITY));
    expect(again).toEqual([]);
    for (const taskId of told.keys()) {
      const { output } = await hub.jobs.task(jobId, taskId);
      expect(output).toBe(`result of ${taskId}`);
    }
    expect(told.size).toBeGreaterThan(kills);
    const { job: ended } = await hub.jobs.get(jobId);
    const paid = calls().filter(({ finished }) => finished).length * callUsd;
    expect(ended.totalCost).toBeGreaterThanOrEqual(paid - 1e-9);
    expect(ended.totalCost).toBeGreaterThanOrEqual((job.totalCost ?? 0) - 1e-9);
    // Nobody's machine is judged by its slowest start.
    expect(resumes.toSorted((a, b) => a - b)[Math.floor(kills / 2)]).toBeLessThan(2000);
  });

  async function follow(jobId: string, told: Map<string, number>, signal: AbortSignal): Promise<void> {
    for await (const { events } of hub.jobs.events(jobId, { signal })) {
      for (const event of events) {
        if (event.type === 'task' && event.status === 'completed' && !told.has(event.taskId))
          told.set(event.taskId, performance.now());
      }
    }
  }
});
