import type { ModelCall } from '@corral/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealLlama, startRealLlama, tinyModels } from '../../probes/real-llama.fixture.js';
import { contextInTest, jobInTest, taskInTest } from './job-context.fixture.js';
import { createLlmExecutor, type LlmExecutor } from './llm-executor.js';

describe('createLlmExecutor on a real llama-server', () => {
  let server: RealLlama;
  let executor: LlmExecutor;
  const calls: ModelCall[] = [];

  beforeAll(async () => {
    const [tiny] = await tinyModels();
    server = await startRealLlama(['--model', String(tiny?.path), '--ctx-size', '1024', '--parallel', '1']);
    executor = createLlmExecutor({
      targets: [
        {
          baseUrl: server.origin,
          models: [String(tiny?.name)],
          provider: 'llama-server',
          contextTokens: 1024,
        },
      ],
      telemetry: { record: (call) => calls.push(call) },
      limits: { maxOutputTokens: 32, judgeTokens: 128, maxTasks: 3 },
    });
  }, 120_000);

  afterAll(() => server.end());

  it('plans, carries out and scores with a tiny model of little context', async () => {
    const { context, calls: reserved, logged } = contextInTest();
    const job = jobInTest({
      successCriteria: ['It prints hello world', 'It is one line'],
      targetScore: 0,
      maxIterations: 1,
    });
    const [task] = await executor.plan(job, context);
    expect(task).toMatchObject({ taskId: 'task-1', dependsOn: [] });
    const inputs = [{ taskId: 'task-0', title: 'Notes', output: 'A long story. '.repeat(200) }];
    const { output, score, iterations } = await executor.runTask(
      taskInTest({ prompt: String(task?.prompt), inputs, job }),
      context,
    );
    expect(output.trim()).not.toBe('');
    expect([typeof score, iterations]).toEqual(['number', 1]);
    expect(logged.some(([level]) => level === 'debug')).toBe(true);
    // The server counted every call that was not refused, in and out.
    expect(reserved.every(({ usage }) => usage !== undefined)).toBe(true);
    const good = calls.filter(({ outcome }) => outcome === 'ok');
    expect(good.length).toBeGreaterThanOrEqual(3);
    for (const call of good) {
      expect(call.inputTokens).toBeGreaterThan(10);
      expect(call.outputTokens).toBeGreaterThan(0);
      expect(call.ttftMs).toBeLessThanOrEqual(call.latencyMs);
    }
  }, 120_000);

  it('F73: frees the slot of the server when a task is called off in the middle', async () => {
    const isBusy = async (): Promise<boolean> => {
      const response = await fetch(`${server.origin}/slots`);
      return ((await response.json()) as { is_processing: boolean }[]).some(
        ({ is_processing: busy }) => busy,
      );
    };
    const { context, abort, calls: reserved } = contextInTest();
    // Held to JSON of great length, it writes for as long as we let it.
    const work = executor
      .plan(jobInTest({ projectDescription: 'Tell a very long story' }), context)
      .catch((error: unknown) => error);
    await expect.poll(isBusy, { interval: 5, timeout: 20_000 }).toBe(true);
    abort();
    expect(await work).toMatchObject({ message: 'cancelled' });
    await expect.poll(isBusy, { interval: 10, timeout: 20_000 }).toBe(false);
    expect(reserved.at(-1)?.usage?.outputTokens).toBeGreaterThan(0);
    expect(calls.at(-1)?.outcome).toBe('cancelled');
  }, 60_000);
});
