import { afterEach, describe, expect, it } from 'vitest';
import { type RecordedReply, RecordingServer } from '../probes/recording-server.fixture.js';
import { report } from './agent-report.fixture.js';
import { HubClient } from './hub-client.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const route = 'POST /base/api/hosts/gpu-box/report';

async function send(reply: RecordedReply, signal = AbortSignal.timeout(5000)) {
  const server = await RecordingServer.start({ [route]: reply });
  const client = new HubClient(new URL(`${server.origin}/base/`));
  dispose.push(
    () => server.close(),
    () => client.close(),
  );
  const answer = client.send('gpu-box', report(), 'secret-token', signal);
  await answer.catch(() => undefined);
  return { server, answer };
}

describe('HubClient', () => {
  it('posts the report where the hub wants it', async () => {
    const { server, answer } = await send([204, '']);
    expect(await answer).toEqual({ status: 204, code: null, retryAfterMs: null, lastSeq: null });
    expect(server.asked).toEqual([route]);
    expect(JSON.parse(server.bodies.join(''))).toEqual(report());
  });

  it('understands a refusal', async () => {
    const body = JSON.stringify({ error: { code: 'replayed', message: 'x', details: { lastSeq: 7 } } });
    const { answer } = await send([409, body, { 'retry-after': '3' }]);
    expect(await answer).toEqual({ status: 409, code: 'replayed', retryAfterMs: 3000, lastSeq: 7 });
  });

  it.each([
    ['not JSON', '<html>'],
    ['null', 'null'],
    ['no error', '[]'],
    ['a code that is none', '{"error":{"code":"\\u001b[31m","details":{"lastSeq":"7"}}}'],
    ['a number that is none', '{"error":{"code":5,"details":{"lastSeq":1e300}}}'],
    ['a number below zero', '{"error":{"details":{"lastSeq":-1}}}'],
    ['details that are none', '{"error":{"details":null}}'],
  ])('believes nothing of %s', async (_, body) => {
    const { answer } = await send([409, body, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }]);
    expect(await answer).toEqual({ status: 409, code: null, retryAfterMs: null, lastSeq: null });
  });

  it('follows no redirect, so the token goes nowhere else', async () => {
    const other = await RecordingServer.start({});
    dispose.push(() => other.close());
    const { answer, server } = await send([307, '', { location: `${other.origin}/api` }]);
    expect([(await answer).status, server.asked.length, other.asked]).toEqual([307, 1, []]);
  });

  it.each([
    ['an answer without an end', [200, 'x'.repeat(20_000)] as const],
    ['a connection that is cut', 'cut' as const],
  ])('rejects %s', async (_, reply) => {
    await expect((await send(reply)).answer).rejects.toMatchObject({ name: 'ProbeFailure' });
  });

  it('ends with its signal', async () => {
    await expect((await send('hang', AbortSignal.timeout(50))).answer).rejects.toMatchObject({
      reason: 'timeout',
    });
  });
});
