import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type FaultBehaviour, type Faultd, startFaultd } from '@corral/testkit';
import { buildConnector, Client } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
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

  it('keeps nothing of the list that the headers were read from', async () => {
    const target = await faultd.open('ok');
    const client = new Client(target.url);
    clients.push(client);
    const lists: unknown[] = [];
    const dispatch = client.dispatch.bind(client);
    vi.spyOn(client, 'dispatch').mockImplementation((options, handler) => {
      const onResponseStart = handler.onResponseStart?.bind(handler);
      handler.onResponseStart = (controller, ...rest) => {
        lists.push(controller.rawHeaders);
        onResponseStart?.(controller, ...rest);
      };
      return dispatch(options, handler);
    });
    const { headers } = await boundedRequest(client, { path: '/metrics', signal: AbortSignal.timeout(5000) });
    expect(headers).toHaveProperty('content-type');
    expect(lists).toEqual([[]]);
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

  it('F30 gives up at the deadline while nothing answers its connecting, and sends nothing afterwards', async () => {
    let connected: (() => void) | undefined;
    const target = await faultd.open('ok');
    const client = new Client(target.url, {
      connect: (options, callback) => {
        const connect = (): void => buildConnector({})(options, callback);
        if (connected) connect();
        connected = connect;
      },
    });
    clients.push(client);
    const startedMs = performance.now();
    await expect(
      boundedRequest(client, { path: '/health', signal: AbortSignal.timeout(200) }),
    ).rejects.toMatchObject({ reason: 'timeout' });
    expect(performance.now() - startedMs).toBeLessThan(2500);
    // The way is free after all, too late for that request; the next one goes out alone.
    connected?.();
    const next = await boundedRequest(client, { path: '/props', signal: AbortSignal.timeout(5000) });
    expect([...target.requests.keys()]).not.toContain('/health');
    expect(next).toMatchObject({ status: 200 });
  });

  it.each([
    ['F33', 'huge', 5000, 'body_too_large'],
    ['F32', 'drip', 200, 'timeout'],
    ['F35', 'gzip', 5000, 'unexpected_encoding'],
  ] as const)('%s breaks the connection to a `%s`', async (_, behaviour, withinMs, reason) => {
    const { target, outcome } = await get(behaviour, withinMs);
    expect(outcome).toMatchObject({ reason });
    await vi.waitFor(() => expect(target.openSockets).toBe(0), { timeout: 5000 });
  });

  it('keeps the connection for the next question, and gives it up where it is told to', async () => {
    const target = await faultd.open('ok');
    const client = new Client(target.url);
    clients.push(client);
    const ask = (isLast: boolean) =>
      boundedRequest(client, { path: '/health', signal: AbortSignal.timeout(5000), isLast });
    for (let i = 0; i < 3; i++) await ask(false);
    expect([target.peakSockets, target.openSockets]).toEqual([1, 1]);
    await ask(true);
    await vi.waitFor(() => expect(target.openSockets).toBe(0), { timeout: 5000 });
  });

  it('leaves no listener at a signal that outlives it', async () => {
    const client = new Client((await faultd.open('ok')).url);
    clients.push(client);
    const { signal } = new AbortController();
    for (const path of ['/health', '/nowhere'])
      await boundedRequest(client, { path, signal, maxBytes: 20 }).catch(() => {});
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('reads characters that come in pieces, and what was announced before the answer', async () => {
    const server = createServer((socket) => {
      socket
        .resume()
        .on('error', () => {})
        .write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
      const [first, rest] = [Buffer.from('🦙').subarray(0, 2), Buffer.from('🦙').subarray(2)];
      socket.write(first, () => setImmediate(() => socket.write(rest)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const answer = await boundedRequest(client, { path: '/', signal: AbortSignal.timeout(5000) });
    expect(answer).toMatchObject({ status: 200, text: '🦙' });
    await client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('gives up at once with a signal that is aborted already', async () => {
    const client = new Client((await faultd.open('hang')).url);
    clients.push(client);
    await expect(boundedRequest(client, { path: '/', signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: 'timeout',
    });
  });
});
