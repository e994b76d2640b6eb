import { type FaultBehaviour, type Faultd, startFaultd } from '@corral/testkit';
import { Client } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BoundedAnswer, boundedRequest } from './bounded-request.js';
import { ProbeFailure } from './probe-failure.js';

let faultd: Faultd;
const clients: Client[] = [];
beforeAll(async () => {
  faultd = await startFaultd();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.destroy()));
});
afterAll(() => faultd.close());

async function get(behaviour: FaultBehaviour, withinMs = 5000, path = '/metrics') {
  const target = await faultd.open(behaviour);
  const client = new Client(target.url);
  clients.push(client);
  const startedMs = performance.now();
  const outcome = await boundedRequest(client, {
    path,
    signal: AbortSignal.timeout(withinMs),
    maxBytes: 1024 * 1024,
  }).catch((error: unknown) => error);
  return { target, outcome: outcome as BoundedAnswer | ProbeFailure, tookMs: performance.now() - startedMs };
}

describe('boundedRequest', () => {
  it('brings a whole answer and says how long it took', async () => {
    const { outcome } = await get('ok');
    expect(outcome).toMatchObject({
      status: 200,
      text: expect.stringContaining('llamacpp:tokens_predicted_total'),
    });
    expect((outcome as BoundedAnswer).durationMs).toBeGreaterThan(0);
  });

  it.each([
    ['hang', 'timeout'],
    ['drip', 'timeout'],
  ] as const)('F30 F32 gives `%s` up at the deadline of everything together', async (behaviour, reason) => {
    const { outcome, tookMs } = await get(behaviour, 400);
    expect(outcome).toBeInstanceOf(ProbeFailure);
    expect(outcome).toMatchObject({ reason });
    expect(tookMs).toBeGreaterThan(300);
    expect(tookMs).toBeLessThan(3000);
  });

  it('F33 stops a body without end at 1 MiB', async () => {
    expect((await get('huge')).outcome).toMatchObject({ reason: 'body_too_large' });
  });

  it('F35 inflates nothing', async () => {
    expect((await get('gzip')).outcome).toMatchObject({ reason: 'unexpected_encoding' });
  });

  it('F47 follows no redirect', async () => {
    const { outcome, target } = await get('redirect');
    expect(outcome).toMatchObject({ status: 302 });
    expect([...target.requests]).toEqual([['/metrics', 1]]);
  });

  it('F29 tells refused from cut', async () => {
    expect((await get('reset')).outcome).toMatchObject({ reason: 'reset' });
    const target = await faultd.open('ok');
    await target.close();
    const client = new Client(target.url);
    clients.push(client);
    const outcome: unknown = await boundedRequest(client, {
      path: '/',
      signal: AbortSignal.timeout(3000),
    }).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ reason: 'refused' });
  });

  it('gives up at once with a signal that is aborted already', async () => {
    const client = new Client((await faultd.open('hang')).url);
    clients.push(client);
    await expect(boundedRequest(client, { path: '/', signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: 'timeout',
    });
  });
});
