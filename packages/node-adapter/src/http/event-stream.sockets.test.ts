import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, EventHub, Hub, type HubEvents, ModelManager, systemClock } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { createParser } from 'eventsource-parser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApi } from './api.js';
import { EventStream } from './event-stream.js';
import { listen } from './listen.js';
import { NodeSseSink } from './sse-sink.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

function makeHub(): Hub {
  const events = new EventHub<HubEvents>();
  const models = new ModelManager({
    source: { scan: async () => ({ files: [], rejected: [] }) },
    launcher: { launch: () => Promise.reject(new Error('Nothing is launched here')) },
    prober: { open: () => ({ check: () => Promise.reject(new Error('unused')), close: async () => {} }) },
    events,
    clock: new SimulatedClock(),
  });
  return new Hub({ events, models, sampleIntervalMs: 1000 });
}

async function open(server: Server | TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The real clock, but ten times as fast. */
const fastClock: Clock = {
  ...systemClock,
  setTimeout: (callback, ms) => systemClock.setTimeout(callback, ms / 10),
};

/** A stream over real sockets, with its parts in reach. */
async function makeStream(clock: Clock = systemClock) {
  const hub = makeHub();
  const stream = new EventStream({ hub, clock });
  const sinks: NodeSseSink[] = [];
  const server = createServer((incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    const sink = new NodeSseSink(outgoing);
    sinks.push(sink);
    stream.attach(sink, incoming.headers['last-event-id'] as string | undefined);
  });
  const port = await open(server);
  dispose.push(() => {
    stream.dispose();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  let tick = 0;
  const sample = (padding = 0): void => {
    tick += 1;
    hub.events.emit('models:sampled', { tick, at: 'x'.repeat(padding), samples: [] });
  };
  return { hub, stream, server, sinks, port, sample };
}

interface Client {
  readonly socket: Socket;
  readonly names: string[];
  readonly retries: number[];
  readonly closed: Promise<unknown>;
}

/** A client that reads the stream of a server on this port. */
async function read(port: number, path = '/'): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  const names: string[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: ({ event = '' }) => names.push(event),
    onRetry: (ms) => retries.push(ms),
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  // Chunk sizes lie on lines of their own, which are unknown fields to the parser.
  socket.on('data', (data: Buffer) => parser.feed(data.toString('latin1').replaceAll('\r\n', '\n')));
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  dispose.push(() => socket.destroy());
  return { socket, names, retries, closed };
}

describe('F82 a real socket that is not read', () => {
  it('is cut after 10 s, holds no more than 0.5 MB until then, and its siblings get everything', async () => {
    const { stream, sinks, port, sample } = await makeStream(fastClock);
    const paused = await read(port);
    await vi.waitFor(() => expect(stream.readerCount).toBe(1));
    paused.socket.pause();
    const sibling = await read(port);
    await vi.waitFor(() => expect(stream.readerCount).toBe(2));
    // 20 MB: more than the kernel takes for a connection.
    let peakBytes = 0;
    for (let i = 0; i < 200; i++) {
      sample(100_000);
      peakBytes = Math.max(peakBytes, sinks[0]?.bufferedBytes ?? 0);
      if (i % 2 === 1) await sleep(1);
    }
    expect(peakBytes).toBeGreaterThan(100_000);
    expect(peakBytes).toBeLessThanOrEqual(512 * 1024);
    await vi.waitFor(() => expect(stream.readerCount).toBe(1), { timeout: 8000 });
    await vi.waitFor(() => expect(sibling.names.at(-1)).toMatch(/models:sampled|snapshot/), {
      timeout: 8000,
    });
    paused.socket.resume();
    await paused.closed;
  });

  it('is told `lagged` and brought up to date when it reads on in time', async () => {
    const { stream, port, sample } = await makeStream();
    const client = await read(port);
    await vi.waitFor(() => expect(stream.readerCount).toBe(1));
    client.socket.pause();
    for (let i = 0; i < 200; i++) {
      sample(100_000);
      if (i % 10 === 9) await sleep(1);
    }
    client.socket.resume();
    await vi.waitFor(() => expect(client.names).toContain('lagged'), { timeout: 8000 });
    await vi.waitFor(() => expect(client.names.at(-1)).toBe('snapshot'), { timeout: 8000 });
    const before = client.names.length;
    sample();
    await vi.waitFor(() => expect(client.names.slice(before)).toEqual(['models:sampled']), { timeout: 8000 });
    expect(client.names.filter((name) => name === 'models:sampled').length).toBeLessThan(201);
    expect(stream.readerCount).toBe(1);
  });
});

describe('F84 500 real clients at once', () => {
  it('all get the one snapshot, with times to come back that differ', { timeout: 30_000 }, async () => {
    const { hub, stream, port } = await makeStream();
    const snapshots = vi.spyOn(hub, 'snapshot');
    const clients = await Promise.all(Array.from({ length: 500 }, () => read(port)));
    await vi.waitFor(() => expect(clients.every(({ names }) => names[0] === 'snapshot')).toBe(true), {
      timeout: 20_000,
    });
    expect(stream.readerCount).toBe(500);
    expect(snapshots).toHaveBeenCalledTimes(1);
    const retries = clients.map((client) => client.retries[0] ?? 0);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(2000);
    expect(Math.max(...retries)).toBeLessThanOrEqual(5000);
    expect(new Set(retries).size).toBeGreaterThan(200);
  });
});

describe('F86 a proxy that cuts what is idle', () => {
  /** Forwards bytes, and cuts a connection over which nothing came for `idleMs`. */
  async function proxy(target: number, idleMs: number): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createTcpServer((down) => {
      const up = connect(target, '127.0.0.1');
      for (const socket of [up, down]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          up.destroy();
          down.destroy();
        });
      }
      up.setTimeout(idleMs, () => up.destroy());
      down.pipe(up).pipe(down);
    });
    dispose.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return open(server);
  }

  it.each([
    ['stays open', 100, true],
    ['would be cut without comments', 60_000, false],
  ])('%s with a comment each %d ms', async (_, heartbeatMs, staysOpen) => {
    const hub = makeHub();
    const api = createApi(hub, { heartbeatMs });
    const listening = await listen(api.nodeHandler, '127.0.0.1', 0);
    dispose.push(() => listening.close());
    dispose.push(() => api.dispose());
    const client = await read(await proxy(listening.port, 700), '/api/events');
    await vi.waitFor(() => expect(client.names).toEqual(['snapshot']));
    const outcome = await Promise.race([client.closed.then(() => 'cut'), sleep(2500, 'open')]);
    expect(outcome).toBe(staysOpen ? 'open' : 'cut');
  });

  it('tells proxies neither to buffer nor to keep nor to change the stream', async () => {
    const api = createApi(makeHub());
    const listening = await listen(api.nodeHandler, '127.0.0.1', 0);
    dispose.push(() => listening.close());
    dispose.push(() => api.dispose());
    const stop = new AbortController();
    const { headers } = await fetch(`${listening.url}/api/events`, { signal: stop.signal });
    stop.abort();
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
  });
});

describe('F90 1,000 clients that come and go', () => {
  it('leave no reader, no socket and no timer', { timeout: 30_000 }, async () => {
    const { stream, server, port, sample } = await makeStream();
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const timersBefore = timers();
    for (let round = 0; round < 20; round++) {
      const sockets = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'));
      await Promise.all(
        sockets.map(async (socket, i) => {
          socket.on('error', () => {});
          const closed = once(socket, 'close');
          await once(socket, 'connect');
          // Gone before the head, in the middle of it, right after it, after the first bytes, and politely.
          const kind = i % 5;
          if (kind > 0) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
          if (kind > 1) socket.write('\r\n');
          if (kind > 2) await once(socket, 'data');
          if (kind === 4) socket.end();
          else if (kind === 3) socket.resetAndDestroy();
          else socket.destroy();
          sample(100);
          await closed;
        }),
      );
    }
    await vi.waitFor(() => expect(stream.readerCount).toBe(0), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 10_000 });
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(timersBefore + 1), { timeout: 10_000 });
  });
});
