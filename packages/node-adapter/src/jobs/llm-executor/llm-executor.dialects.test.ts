import { describe, expect, it } from 'vitest';
import { executorOn, failureOf, serversOfTest, targetOf } from './executor.fixture.js';
import { contextInTest, jobInTest, taskInTest } from './job-context.fixture.js';
import { good, refuses, says, saysJson } from './model-server.fixture.js';

const open = serversOfTest();

describe('createLlmExecutor on servers that do not know an option', () => {
  it('tries without a schema and then without any format, and remembers what worked', async () => {
    const unknown = refuses(400, { message: 'response_format is not supported' });
    const server = await open(unknown, unknown, saysJson({ tasks: [{ title: 'A', prompt: 'B' }] }));
    const { executor, calls } = executorOn([targetOf(server)]);
    const { context, calls: reserved } = contextInTest();
    expect(await executor.plan(jobInTest(), context)).toHaveLength(1);
    await executor.plan(jobInTest(), context);
    expect(server.asked.map(({ response_format: format }) => format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
      undefined,
    ]);
    // Nothing was worked for what was refused, and it says nothing of the model.
    expect(reserved.map(({ usage }) => usage?.outputTokens)).toEqual([0, 0, 10, 10]);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  it('leaves out the counts, and names the limit otherwise, where a server says so', async () => {
    const server = await open(
      refuses(422, { message: 'unknown field stream_options' }),
      refuses(400, { message: "Use 'max_completion_tokens' instead" }),
      says('done', { usage: false }),
      good,
    );
    const { executor } = executorOn([targetOf(server, { provider: 'openai' })]);
    const { context, calls } = contextInTest();
    await executor.runTask(taskInTest(), context);
    const [, , third] = server.asked;
    expect([third?.stream_options, third?.max_tokens, third?.max_completion_tokens]).toEqual([
      undefined,
      undefined,
      4096,
    ]);
    expect(third?.timings_per_token).toBeUndefined();
    // Who does not count has used all that was set aside.
    expect(calls[2]?.usage).toEqual({
      costUsd: null,
      inputTokens: calls[2]?.estimate.inputTokens,
      outputTokens: 4096,
    });
  });

  it('shortens a prompt that is too long, once', async () => {
    const tooLong = refuses(400, { type: 'exceed_context_size_error', n_prompt_tokens: 4000, n_ctx: 1000 });
    const server = await open(tooLong, says('done'), good);
    const { executor } = executorOn([targetOf(server)]);
    const task = taskInTest({ prompt: 'Write it. '.repeat(1000) });
    await executor.runTask(task, contextInTest().context);
    const [long, short] = server.asked.map(({ messages }) => JSON.stringify(messages).length);
    expect(short).toBeLessThan((long ?? 0) / 6);
    expect(server.asked[1]?.messages[1]?.content).toContain('[…]');
    server.behave(tooLong);
    const failure = await failureOf(executor.runTask(task, contextInTest().context));
    expect([failure.code, server.asked.length]).toEqual(['upstream_refused', 5]);
  });

  it('asks a small model for half of what it holds, and cuts the prompt to the other half', async () => {
    const server = await open(says('done'), good);
    const { executor } = executorOn([targetOf(server, { contextTokens: 1000 })]);
    await executor.runTask(taskInTest({ prompt: 'x'.repeat(50_000) }), contextInTest().context);
    expect(server.asked[0]?.max_tokens).toBe(500);
    expect(JSON.stringify(server.asked[0]?.messages).length).toBeLessThan(1600);
  });
});
