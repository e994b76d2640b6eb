import { createServer, Server } from 'node:http';
import { type AddressInfo, connect, Server as NetServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AdapterError } from '../errors.js';
import { httpLimits } from './http-limits.js';
import { type Listening, listen } from './listen.js';

const open: Listening[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((listening) => listening.close()));
});

async function listenHere(
  handler: Parameters<typeof listen>[0] = (_, outgoing) => outgoing.end('ok'),
): Promise<Listening> {
  const listening = await listen(handler, '127.0.0.1', 0);
  open.push(listening);
  return listening;
}

describe('F81 bounds of the server', () => {
  it('allows 10 s for a head and 30 s for a request, looks each second, and takes 512 connections', async () => {
    const listened = vi.spyOn(NetServer.prototype, 'listen');
    await listenHere();
    const server = listened.mock.contexts[0] as unknown as Server;
    expect(server).toBeInstanceOf(Server);
    expect(server.headersTimeout).toBe(10_000);
    expect(server.requestTimeout).toBe(30_000);
    expect(server.maxConnections).toBe(512);
    expect(server.maxConnections).toBe(httpLimits.maxConnections);
  });

  it('closes a connection that drips its head after 10 s, while others are served', {
    timeout: 20_000,
  }, async () => {
    const { port, url } = await listenHere();
    const startedMs = performance.now();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: ');
    const drip = setInterval(() => socket.write('a'), 200);
    const closed = new Promise<number>((resolve) =>
      socket.on('close', () => resolve(performance.now() - startedMs)),
    );
    expect((await fetch(url)).status).toBe(200);
    const tookMs = await closed;
    clearInterval(drip);
    expect(answer).toContain('408');
    expect(tookMs).toBeGreaterThan(9_000);
    // Node's default would be 60 s, looked at each 30 s.
    expect(tookMs).toBeLessThan(14_000);
  });
});

describe('listen', () => {
  it('says where it listens', async () => {
    const { port, url } = await listenHere();
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe('ok');
  });

  it('frees its port when it is closed, with connections open', async () => {
    const { port, url, close } = await listenHere((_, outgoing) => outgoing.write('never ends'));
    const response = await fetch(url);
    await close();
    await expect(response.text()).rejects.toThrow();
    const again = await listen((_, outgoing) => outgoing.end(), '127.0.0.1', port);
    open.push(again);
    expect(again.port).toBe(port);
  });

  it('F96 tells a taken port from an address that is not ours', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const taken = await listen(() => {}, '127.0.0.1', port).catch((error: unknown) => error);
    other.close();
    expect(taken).toBeInstanceOf(AdapterError);
    expect(taken).toMatchObject({ code: 'address_in_use', retryable: true });
    const foreign = await listen(() => {}, '192.0.2.1', 0).catch((error: unknown) => error);
    expect(foreign).toMatchObject({ code: 'address_unavailable', retryable: false });
  });
});
