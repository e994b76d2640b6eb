import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultModelSettings, EventHub, type HubEvents, type TimerHandle } from '@corral/core';
import { SimulatedClock, simulatedModel } from '@corral/core/testing';
import { vi } from 'vitest';
import type { PlacedSnapshot } from './hub-frames.js';
import { HubMirror } from './hub-mirror.js';
import { HubRequests } from './hub-requests.js';
import type { TransportContext } from './transport.js';

/** One request as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A real HTTP server that a test answers for. */
export class FakeHub {
  readonly seen: Seen[] = [];
  /** Answers that are still open. */
  readonly open = new Set<ServerResponse>();
  /** How each path is answered; everything else gets 404. */
  readonly routes = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  url = '';
  readonly #server = createServer((request, response) => {
    this.seen.push({ method: request.method!, path: request.url!, headers: request.headers });
    this.open.add(response);
    response.on('close', () => this.open.delete(response));
    const route = this.routes.get(request.url!);
    if (route) route(request, response);
    else json(response, 404, { error: { code: 'not_found', message: 'Nothing here', retryable: false } });
  });

  static async listen(): Promise<FakeHub> {
    const hub = new FakeHub();
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve));
    hub.url = `http://127.0.0.1:${(hub.#server.address() as AddressInfo).port}`;
    return hub;
  }

  /** The requests of one path. */
  asked(path: string): Seen[] {
    return this.seen.filter((seen) => seen.path === path);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Begins a stream. */
export function stream(response: ServerResponse, text = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text === '' ? ':\n\n' : text);
}

/** One message as it travels. */
export function frame(id: string, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A snapshot of one model `a` at `e-<seq>`. */
export function snapshotAt(seq: number, facts: Partial<PlacedSnapshot> = {}): PlacedSnapshot {
  return {
    models: [simulatedModel({ modelId: 'a', requestCount: seq })],
    rejected: [],
    metrics: [
      {
        modelId: 'a',
        tokensPerSecond: [0, 10],
        currentTokensPerSecond: 10,
        memoryGb: [2, 2],
        currentMemoryGb: 2,
        latencyMs: [0, 0],
        currentLatencyMs: null,
        valid: { tokensPerSecond: [false, true], memoryGb: [true, true], latencyMs: [false, false] },
      },
    ],
    metricsTimestamp: '2026-01-01T00:00:00.000Z',
    defaults: {
      settings: defaultModelSettings,
      builtIn: defaultModelSettings,
      portRange: { from: 8100, to: 8199 },
    },
    registry: { endpoints: [], resources: [], fleetModels: [] },
    backends: [],
    jobs: [],
    telemetry: [],
    activity: { scan: null, bulk: null },
    tick: 100,
    sampleIntervalMs: 1000,
    lastEventId: `e-${seq}`,
    ...facts,
  };
}

/** A `model:updated` message whose model counts as many requests as its place. */
export function updated(seq: number): { readonly id: string; readonly event: string; readonly data: string } {
  const model = simulatedModel({ modelId: 'a', requestCount: seq });
  return { id: `e-${seq}`, event: 'model:updated', data: JSON.stringify({ model }) };
}

/** {@link updated} as it travels. */
export function updatedFrame(seq: number): string {
  return frame(`e-${seq}`, 'model:updated', { model: simulatedModel({ modelId: 'a', requestCount: seq }) });
}

/** What a transport works with, on a clock that stands still. */
export function transportContext(baseUrl: string, send: typeof fetch = fetch) {
  const clock = new WatchedClock();
  const states: string[] = [];
  const mirror = new HubMirror(new EventHub<HubEvents>());
  const context: TransportContext = {
    requests: new HubRequests({ baseUrl, token: undefined, fetch: send, clock }),
    mirror,
    clock,
    random: () => 0.5,
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state);
    },
  };
  return { clock, states, mirror, context };
}

/** Waits until `assertion` holds. How long that takes is not judged. */
export function eventually(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 8000, interval: 2 });
}

/** Deadlines of the client, as opposed to pauses: opening, calls, silence and hidden pages. */
const deadlinesMs = [5000, 10_000, 15_000, 45_000];

/** A clock that knows what waits on it. */
export class WatchedClock extends SimulatedClock {
  readonly #delays = new Map<TimerHandle, number>();

  override setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const handle = super.setTimeout(() => {
      this.#delays.delete(handle);
      callback();
    }, delayMs);
    this.#delays.set(handle, delayMs);
    return handle;
  }

  override clearTimeout(handle: TimerHandle): void {
    this.#delays.delete(handle);
    super.clearTimeout(handle);
  }

  /** The length of the pause before the next attempt, once there is one. */
  async pause(): Promise<number> {
    let found: number | undefined;
    await eventually(() => {
      found = [...this.#delays.values()].find((delayMs) => !deadlinesMs.includes(delayMs));
      if (found === undefined) throw new Error('Nothing pauses');
    });
    return found!;
  }

  /** Lets the pause before the next attempt pass, and answers how long it was. */
  async passPause(): Promise<number> {
    const pauseMs = await this.pause();
    await this.advance(pauseMs);
    return pauseMs;
  }
}
