import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { systemClock } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { Client } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressFailure } from './egress-failure.js';
import type { EgressPolicy } from './egress-policy.js';
import { guardedConnector } from './guarded-connector.js';
import { NameResolver, type ResolveName } from './name-resolver.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A real server at all addresses of this machine, which counts what reaches it. */
async function listen(server: Server, host = '::') {
  const seen = { connections: 0, bytes: 0, text: '', from: [] as (string | undefined)[] };
  server.prependListener('connection', (socket) => {
    seen.connections++;
    seen.from.push(socket.localAddress);
    socket.on('data', (chunk: Buffer) => {
      seen.bytes += chunk.length;
      seen.text += chunk.toString('latin1');
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return { seen, port: (server.address() as AddressInfo).port };
}

const answerOk: RequestListener = (_request, response) => response.setHeader('connection', 'close').end('ok');
const serve = () => listen(createServer(answerOk));
const family = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });

function client(
  origin: string,
  resolve: ResolveName,
  clock = systemClock,
  policy: EgressPolicy = {},
): Client {
  const names = new NameResolver({ clock, resolve });
  const made = new Client(origin, { connect: guardedConnector({ names, policy, connectTimeoutMs: 2000 }) });
  cleanUps.push(() => made.destroy());
  return made;
}

async function get(from: Client): Promise<unknown> {
  try {
    const { body } = await from.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(5000) });
    return await body.text();
  } catch (error) {
    return error;
  }
}

const unused: ResolveName = () => Promise.reject(new Error('A literal needs no look-up'));

describe('guardedConnector', () => {
  it('I9 F48 stops a name that moves to a blocked address: no connection, no byte', async () => {
    const { seen, port } = await serve();
    const clock = new SimulatedClock();
    // To this machine's sockets 0.0.0.0 is loopback: without the guard, the server would be reached.
    let address = '127.0.0.1';
    const box = client(`http://box.lan:${port}`, async () => [family(address)], clock);
    expect(await get(box)).toBe('ok');
    expect(seen.connections).toBe(1);
    const { bytes } = seen;

    address = '0.0.0.0';
    await clock.advance(5000);
    const refused = await get(box);
    expect(refused).toBeInstanceOf(EgressFailure);
    expect(refused).toMatchObject({ code: 'blocked_address', retryable: false });
    expect(seen).toMatchObject({ connections: 1, bytes });

    address = '127.0.0.1';
    await clock.advance(5000);
    expect(await get(box)).toBe('ok');
    expect(seen.connections).toBe(2);
  });

  it('I8 connects to none of the addresses when one is refused', async () => {
    const { seen, port } = await serve();
    const box = client(`http://box.lan:${port}`, async () => [
      family('127.0.0.1'),
      family('169.254.169.254'),
    ]);
    expect(await get(box)).toMatchObject({ code: 'blocked_address' });
    const web = client(`http://box.lan:${port}`, async () => [family('127.0.0.1'), family('8.8.8.8')]);
    expect(await get(web)).toMatchObject({ code: 'egress_public_disabled' });
    expect(seen.connections).toBe(0);
  });

  it.each(['0.0.0.0', '[::]', '[::ffff:0.0.0.0]', '0'])('I6 judges the literal %s itself', async (host) => {
    const { seen, port } = await serve();
    expect(await get(client(`http://${host}:${port}`, unused))).toMatchObject({ code: 'blocked_address' });
    expect(seen.connections).toBe(0);
  });

  it('I10 judges a public literal by the settings', async () => {
    expect(await get(client('http://8.8.8.8:8080', unused))).toMatchObject({
      code: 'egress_public_disabled',
    });
  });

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]'])(
    'connects to the literal %s without a look-up',
    async (host) => {
      const { port } = await serve();
      expect(await get(client(`http://${host}:${port}`, unused))).toBe('ok');
    },
  );

  it('I15 judges the port, the unwritten one too', async () => {
    expect(await get(client('http://127.0.0.1:6379', unused))).toMatchObject({ code: 'blocked_port' });
    expect(await get(client('https://127.0.0.1', unused))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('F50 reaches the living IPv4 address beside a dead IPv6 one', async () => {
    const { seen, port } = await listen(createServer(answerOk), '127.0.0.1');
    const box = client(`http://box.lan:${port}`, async () => [family('fd00:dead::1'), family('127.0.0.1')]);
    const startedMs = performance.now();
    expect(await get(box)).toBe('ok');
    expect(performance.now() - startedMs).toBeLessThan(1500);
    expect(seen.from).toEqual(['127.0.0.1']);
  });

  it('F48 passes on why a name led nowhere', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await get(client('http://box.lan:8080', unknown))).toMatchObject({ code: 'name_not_found' });
  });

  it('gives a connection up after its time, looking up included', async () => {
    const names = new NameResolver({
      clock: systemClock,
      resolve: () => new Promise(() => {}),
      timeoutMs: 20_000,
    });
    const slow = new Client('http://box.lan:8080', {
      connect: guardedConnector({ names, policy: {}, connectTimeoutMs: 300 }),
    });
    cleanUps.push(() => slow.destroy());
    expect(await get(slow)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
  });

  it('speaks TLS only after the connection was judged, with the name for the certificate', async () => {
    const { seen, port } = await listen(
      createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.destroy())),
    );
    const good = client(`https://box.lan:${port}`, async () => [family('127.0.0.1')]);
    expect(await get(good)).toBeInstanceOf(Error);
    expect(seen.connections).toBe(1);
    // The name stands unencrypted in the first bytes of TLS.
    expect(seen.text).toContain('box.lan');
    const bad = client(`https://box.lan:${port}`, async () => [family('0.0.0.0')]);
    expect(await get(bad)).toMatchObject({ code: 'blocked_address' });
    expect(seen.connections).toBe(1);
  });
});
