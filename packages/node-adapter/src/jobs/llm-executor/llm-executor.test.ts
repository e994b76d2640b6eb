import { describe, expect, it } from 'vitest';
import { ModelPrices } from '../../telemetry/model-prices.js';
import { executorOn, failureOf, serversOfTest, targetOf } from './executor.fixture.js';
import { contextInTest, jobInTest, taskInTest } from './job-context.fixture.js';
import { createLlmExecutor } from './llm-executor.js';
import { good, type ModelAnswer, poor, says, saysJson } from './model-server.fixture.js';

const open = serversOfTest();

describe('createLlmExecutor', () => {
  it('plans with a schema that must end, and mends what the model got wrong', async () => {
    const server = await open(
      saysJson({
        tasks: [
          { title: 'Look', prompt: 'Look around', dependsOn: [1, 2, 9] },
          { title: '', prompt: '  ', dependsOn: [] },
          { title: 'Write\n it', prompt: 'Write\u0000 it \ud800', dependsOn: [1, 1, 3] },
        ],
      }),
    );
    const { executor, calls } = executorOn([targetOf(server)]);
    const { context, calls: reserved } = contextInTest();
    const job = jobInTest({ model: 'tiny', successCriteria: ['{{it}} prints ${hello}'] });
    expect(await executor.plan(job, context)).toEqual([
      { taskId: 'task-1', title: 'Look', prompt: 'Look around', dependsOn: [] },
      { taskId: 'task-2', title: 'Write it', prompt: 'Write it \ufffd', dependsOn: ['task-1'] },
    ]);
    const [asked] = server.asked;
    expect(asked?.response_format).toMatchObject({ type: 'json_schema', json_schema: { strict: true } });
    expect(asked?.messages.at(-1)?.content).toContain('{{it}} prints ${hello}');
    expect([asked?.timings_per_token, asked?.stream_options]).toEqual([true, { include_usage: true }]);
    expect(reserved[0]?.usage).toEqual({ costUsd: null, inputTokens: 20, outputTokens: 10 });
    expect(calls).toMatchObject([
      { model: 'tiny', provider: 'llama-server', outcome: 'ok', outputTokens: 10 },
    ]);
  });

  it('asks once more for a plan that cannot be read, with less room, and then gives up', async () => {
    const server = await open(
      says('{"tasks":[{"title', { reason: 'length' }),
      says('Sure: {"tasks":[{"prompt":"Go"}]} ok'),
    );
    const { executor } = executorOn([targetOf(server)]);
    const { context } = contextInTest();
    expect(await executor.plan(jobInTest(), context)).toEqual([
      { taskId: 'task-1', prompt: 'Go', dependsOn: [] },
    ]);
    const [first, second] = server.asked.map((asked) => JSON.stringify(asked.response_format).length);
    expect([first, second].every(Boolean)).toBe(true);
    expect(server.asked[1]?.messages[0]?.content).toContain('1 to 3 tasks');
    server.behave(says('nonsense'));
    const failure = await failureOf(executor.plan(jobInTest(), contextInTest().context));
    expect([failure.code, failure.retryable]).toEqual(['invalid_output', false]);
  });

  it('iterates with what the judge says until the score is reached, and shows the text line by line', async () => {
    const server = await open(says('print("helo")\nbye'), poor, says('print("hello world")'), good);
    const { executor } = executorOn([targetOf(server)]);
    const { context, logged, reports } = contextInTest();
    const task = taskInTest({ inputs: [{ taskId: 'task-0', title: 'Idea', output: 'Use Python' }] });
    expect(await executor.runTask(task, context)).toEqual({
      output: 'print("hello world")',
      score: 0.9,
      model: 'tiny',
      iterations: 2,
    });
    expect(reports.map(({ iterations, score }) => [iterations, score])).toEqual([
      [1, undefined],
      [1, 0.3],
      [2, undefined],
      [2, 0.9],
    ]);
    expect(logged.filter(([level]) => level === 'debug').map(([, line]) => line)).toEqual([
      'print("helo")',
      'bye',
      'print("hello world")',
    ]);
    const [first, judged, second] = server.asked.map(({ messages }) => messages.at(-1)?.content ?? '');
    expect(first).toContain('Use Python');
    expect(judged).toContain('print("helo")');
    expect(second).toMatch(/print\("helo"\)[^]*Say hello/);
  });

  it('gives the best try when none reaches the score', async () => {
    const middling = saysJson({ score: 50, feedback: '' });
    const server = await open(says('one'), poor, says('two'), middling, says('three'), poor);
    const { executor } = executorOn([targetOf(server)]);
    const result = await executor.runTask(taskInTest(), contextInTest().context);
    expect(result).toEqual({ output: 'two', score: 0.5, model: 'tiny', iterations: 3 });
  });

  it('gives a result without a score when nobody can judge it, and none where every answer is empty', async () => {
    const server = await open(says('one'), says('no JSON'));
    const { executor } = executorOn([targetOf(server)]);
    const task = taskInTest({ job: jobInTest({ maxIterations: 1 }) });
    expect((await executor.runTask(task, contextInTest().context)).score).toBeNull();
    server.behave(says(' \n'));
    expect((await failureOf(executor.runTask(task, contextInTest().context))).code).toBe('invalid_output');
  });

  it('says in the log that an answer stopped at its limit of tokens', async () => {
    const server = await open(says('half', { reason: 'length' }), good);
    const { context, logged } = contextInTest();
    await executorOn([targetOf(server)]).executor.runTask(taskInTest(), context);
    expect(logged.filter(([level]) => level === 'warn')).toHaveLength(1);
  });

  describe('budget', () => {
    it('asks for no more than what was set aside, and settles with what the server counted', async () => {
      const server = await open(says('done', { tokens: 7 }), good);
      const prices = new ModelPrices([{ model: 'tiny', inputUsdPer1M: 1, outputUsdPer1M: 10 }]);
      const { executor, calls: recorded } = executorOn([targetOf(server)], { prices });
      const { context, calls } = contextInTest({ tokens: 50 });
      await executor.runTask(taskInTest(), context);
      expect(server.asked.map(({ max_tokens: most }) => most)).toEqual([50, 50]);
      expect(calls[0]).toMatchObject({
        estimate: { maxOutputTokens: 4096, price: { inputUsdPer1M: 1, outputUsdPer1M: 10 } },
        usage: { inputTokens: 20, outputTokens: 7, costUsd: 0.00009 },
      });
      expect(recorded[0]).toMatchObject({ costUsd: 0.00009, price: { outputUsdPer1M: 10 } });
    });

    it('prices by energy where the host tells its power and nothing else is known', async () => {
      const server = await open(says('done'), good);
      let nowMs = 0;
      const clock = {
        now: () => (nowMs += 1000),
        wallTime: () => 0,
        setTimeout: () => 0,
        clearTimeout: () => {},
      };
      const options = { powerOf: () => 360, energyUsdPerKwh: 0.5, clock };
      const { executor, calls: recorded } = executorOn([targetOf(server)], options);
      const { context, calls } = contextInTest();
      await executor.runTask(taskInTest(), context);
      const seconds = (recorded[0]?.latencyMs ?? 0) / 1000;
      expect(calls[0]?.estimate.price).toBeNull();
      expect(seconds).toBeGreaterThan(0);
      expect(calls[0]?.usage?.costUsd).toBeCloseTo(((360 * seconds) / 3.6e6) * 0.5, 12);
    });

    it('keeps the best try when the money is gone, and fails where there is none yet', async () => {
      const server = await open(says('one'), poor, says('two'), poor);
      const { executor } = executorOn([targetOf(server)]);
      const spent = contextInTest({ calls: 2 });
      expect(await executor.runTask(taskInTest(), spent.context)).toMatchObject({
        output: 'one',
        score: 0.3,
      });
      const none = await failureOf(executor.runTask(taskInTest(), contextInTest({ calls: 0 }).context));
      expect(none.code).toBe('budget_exhausted');
    });
  });

  it('never has more tasks at a server than it has places, and tells when one is free', async () => {
    let atOnce = 0;
    let most = 0;
    const slow: ModelAnswer = (response, asked, request) => {
      most = Math.max(most, ++atOnce);
      setTimeout(() => {
        atOnce--;
        (asked.response_format ? good : says('done'))(response, asked, request);
      }, 5);
    };
    const server = await open(slow);
    const { executor } = executorOn([targetOf(server, { slots: 2 })]);
    let freed = 0;
    const undo = executor.onFreed?.(() => freed++);
    const work = Array.from({ length: 6 }, () => executor.runTask(taskInTest(), contextInTest().context));
    expect(executor.freeSlots?.(jobInTest())).toBe(0);
    await Promise.all(work);
    expect([most, executor.freeSlots?.(jobInTest()), freed]).toEqual([2, 2, 6]);
    undo?.();
    await executor.runTask(taskInTest(), contextInTest().context);
    expect(freed).toBe(6);
  });

  it('works on a list of servers, with a key and prompts of its own', async () => {
    const server = await open(says('done'), good);
    const executor = createLlmExecutor({
      targets: [{ baseUrl: `${server.url}/v1/`, models: ['tiny'], apiKey: 'secret' }],
      prompts: { task: ({ prompt }) => [{ role: 'user', content: `Mine: ${prompt}` }] },
    });
    await executor.runTask(taskInTest(), contextInTest().context);
    expect(server.keys).toEqual(['Bearer secret', 'Bearer secret']);
    expect(server.asked[0]?.messages).toEqual([{ role: 'user', content: 'Mine: Write the script' }]);
    expect(() => createLlmExecutor({ targets: [{ baseUrl: 'ftp://x', models: ['a'] }] })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  it('does not call the public internet unless that is allowed', async () => {
    const executor = createLlmExecutor({ targets: [{ baseUrl: 'http://8.8.8.8', models: ['a'] }] });
    expect((await failureOf(executor.plan(jobInTest(), contextInTest().context))).code).toBe(
      'upstream_refused',
    );
  });
});
