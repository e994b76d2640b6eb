import { describe, expect, it } from 'vitest';
import { executorOn, failureOf, serversOfTest, targetOf } from './executor.fixture.js';
import { contextInTest, jobInTest, taskInTest } from './job-context.fixture.js';
import {
  beginStream,
  diesAfter,
  good,
  type ModelAnswer,
  piece,
  refuses,
  says,
  stallsAfter,
} from './model-server.fixture.js';

const open = serversOfTest();

/** A stream that ends well for HTTP, and says nothing. */
const beginsAndEnds: ModelAnswer = (response) => {
  beginStream(response);
  response.end(': ping\n\n');
};

describe('createLlmExecutor on servers that fail', () => {
  it.each([
    ['refuses connections', undefined],
    ['answers with 502', refuses(502)],
    ['answers with 503', refuses(503)],
    ['answers with 504', refuses(504)],
    ['answers with 429', refuses(429)],
    ['dies before its first token', diesAfter('')],
    ['ends before its first token', beginsAndEnds],
    [
      'reports an error before its first token',
      (response: Parameters<ModelAnswer>[0]) => {
        beginStream(response);
        response.end('data: {"error":{"code":500,"message":"broken"}}\n\n');
      },
    ],
  ])('goes elsewhere when one %s', async (_what, answer) => {
    const bad = await open(...(answer ? [answer as ModelAnswer] : []));
    if (!answer) await bad.close();
    const spare = await open(says('done'), good);
    const { executor, calls } = executorOn([targetOf(bad), targetOf(spare, { queueDepth: 1 })]);
    const { context, logged } = contextInTest();
    expect((await executor.runTask(taskInTest(), context)).output).toBe('done');
    expect(calls.map(({ outcome }) => outcome)).toEqual(['failed', 'ok', 'ok']);
    expect(JSON.stringify(logged)).not.toContain('broken');
  });

  it('F75: drops the partial text of a server that dies in the middle; the task begins again elsewhere', async () => {
    const bad = await open(diesAfter('half a'));
    const spare = await open(says('whole'), good);
    const { executor, calls } = executorOn([targetOf(bad), targetOf(spare, { queueDepth: 1 })]);
    const { context, calls: reserved } = contextInTest();
    const failure = await failureOf(executor.runTask(taskInTest(), context));
    expect([failure.code, failure.retryable, spare.asked]).toEqual(['upstream_failed', true, []]);
    // What the server worked is counted as all that was set aside: it told nothing.
    expect(reserved.map(({ usage }) => usage?.outputTokens)).toEqual([4096]);
    expect(calls).toMatchObject([{ outcome: 'failed', outputTokens: null }]);
    // The registry takes it off its list, and the runner begins again.
    const again = executorOn([targetOf(spare)]);
    expect((await again.executor.runTask(taskInTest({ attempt: 2 }), context)).output).toBe('whole');
  });

  it('takes the last counts that came when a stream is cut off', async () => {
    const server = await open((response) => {
      beginStream(response);
      response.write(piece('a', { timings: { cache_n: 2, prompt_n: 5, predicted_n: 3 } }));
      setTimeout(() => response.socket?.destroy(), 20);
    });
    const { context, calls } = contextInTest();
    await failureOf(executorOn([targetOf(server)]).executor.runTask(taskInTest(), context));
    expect(calls[0]?.usage).toEqual({ costUsd: null, inputTokens: 7, outputTokens: 3 });
  });

  it.each([401, 403, 404, 413])('F75: does not try again what is refused with %i', async (status) => {
    const bad = await open(refuses(status));
    const spare = await open(says('done'));
    const { executor } = executorOn([targetOf(bad), targetOf(spare, { queueDepth: 1 })]);
    const { context, calls } = contextInTest();
    const failure = await failureOf(executor.runTask(taskInTest(), context));
    expect([failure.code, failure.retryable, bad.asked.length, spare.asked.length]).toEqual([
      'upstream_refused',
      false,
      1,
      0,
    ]);
    expect(calls[0]?.usage).toEqual({ costUsd: 0, inputTokens: 0, outputTokens: 0 });
  });

  it('tries the same server three times with pauses where there is no other', async () => {
    const server = await open(refuses(503), refuses(503), says('done'), good);
    const pausesMs: number[] = [];
    const clock = {
      now: () => performance.now(),
      wallTime: () => Date.now(),
      setTimeout: (callback: () => void, delayMs: number) => {
        if (delayMs < 20_000) pausesMs.push(delayMs);
        return setTimeout(callback, delayMs < 20_000 ? 1 : delayMs);
      },
      clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
    };
    const { executor } = executorOn([targetOf(server)], { clock });
    expect((await executor.runTask(taskInTest(), contextInTest().context)).output).toBe('done');
    expect(pausesMs).toEqual([250, 500]);
    server.behave(refuses(429, {}, { 'retry-after': '7' }));
    const failure = await failureOf(executor.runTask(taskInTest(), contextInTest().context));
    expect([failure.code, failure.retryable, pausesMs.slice(2)]).toEqual([
      'upstream_failed',
      true,
      [7000, 7000],
    ]);
  });

  it('F76: says that there is no backend where none is, and where none can be reached', async () => {
    const none = executorOn([]);
    expect((await failureOf(none.executor.plan(jobInTest(), contextInTest().context))).code).toBe(
      'no_backend',
    );
    expect(none.executor.freeSlots?.(jobInTest())).toBe(0);
    const gone = await open();
    await gone.close();
    const { context, calls } = contextInTest();
    const failure = await failureOf(executorOn([targetOf(gone)]).executor.plan(jobInTest(), context));
    expect([failure.code, failure.retryable, calls.length]).toEqual(['no_backend', true, 3]);
    expect(calls.every(({ usage }) => usage?.costUsd === 0)).toBe(true);
  });
});

describe('cancelling work of createLlmExecutor', () => {
  it('F73: closes the socket, settles as used and rejects at once', async () => {
    const server = await open(stallsAfter('begun'));
    const { executor, calls: recorded } = executorOn([targetOf(server)]);
    const { context, calls, abort, logged } = contextInTest();
    const work = executor.runTask(taskInTest(), context).catch((error: unknown) => error);
    await expect.poll(() => server.openSockets, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    abort();
    expect(await work).toMatchObject({ message: 'cancelled' });
    await expect.poll(() => server.openSockets, { timeout: 10_000 }).toBe(0);
    expect(calls[0]?.usage?.outputTokens).toBe(4096);
    expect(recorded).toMatchObject([{ outcome: 'cancelled' }]);
    expect(logged).toEqual([['debug', 'begun']]);
    expect(executor.freeSlots?.(jobInTest())).toBe(1);
  });

  it('gives up waiting for a place', async () => {
    const server = await open(stallsAfter(''));
    const { executor } = executorOn([targetOf(server)]);
    const [first, second] = [contextInTest(), contextInTest()];
    const busy = executor.runTask(taskInTest(), first.context).catch(() => 'over');
    const waiting = executor.runTask(taskInTest(), second.context).catch((error: unknown) => error);
    second.abort();
    expect(await waiting).toMatchObject({ message: 'cancelled' });
    first.abort();
    expect(await busy).toBe('over');
  });
});
