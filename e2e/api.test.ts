import { errorSchema, modelsStatusSchema, snapshotSchema } from '@corral/core/wire';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat } from './support/chat.js';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { isAlive, llamaServersOf } from './support/processes.js';
import { until } from './support/until.js';

interface Status {
  models: { modelId: string; filename: string; state: string; pid: number | null }[];
  metrics: { modelId: string; currentTokensPerSecond: number | null; currentMemoryGb: number | null }[];
}

describe('the API of a hub over real servers', () => {
  let corral: CorralProcess;
  let ids: string[];

  beforeAll(async () => {
    corral = await startCorral();
    ids = (await status()).models.map((model) => model.modelId);
  });
  afterAll(() => corral?.dispose());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${corral.url}${path}`, { headers });
  const post = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${corral.url}${path}`, { method: 'POST', headers });
  const status = async (): Promise<Status> => (await (await get('/api/models/status')).json()) as Status;
  const stateOf = async (id: string) => (await status()).models.find((model) => model.modelId === id);

  it('starts a second model while the first one works, and both tell their numbers', async () => {
    for (const id of ids.slice(0, 2))
      expect((await post(`/api/models/servers/start/${id}`)).status).toBe(202);
    for (const id of ids.slice(0, 2))
      await until(`${id} is ready`, async () => (await stateOf(id))?.state === 'ready');
    const access = (await (await get(`/api/models/${ids[0]}/access`)).json()) as {
      baseUrl: string;
      apiKey: string;
    };
    let over = false;
    const load = (async () => {
      while (!over) await chat(access, 600);
    })();
    await until('tokens and memory', async () => {
      const metrics = (await status()).metrics.find((entry) => entry.modelId === ids[0]);
      return (metrics?.currentTokensPerSecond ?? 0) > 0 && (metrics?.currentMemoryGb ?? 0) > 0;
    });
    over = true;
    await load;
    const body: unknown = await (await get('/api/models/status')).json();
    expect(modelsStatusSchema.safeParse(body).error).toBeUndefined();
  });

  it('answers the status in well under 100 ms', async () => {
    const timesMs: number[] = [];
    for (let i = 0; i < 20; i++) {
      const startMs = performance.now();
      await (await get('/api/models/status')).arrayBuffer();
      timesMs.push(performance.now() - startMs);
    }
    expect(timesMs.sort((a, b) => a - b)[10]).toBeLessThan(100);
  });

  it('makes no second process for a second start', async () => {
    const pid = (await stateOf(ids[0] as string))?.pid;
    expect((await post(`/api/models/servers/start/${ids[0]}`)).status).toBe(202);
    expect((await stateOf(ids[0] as string))?.pid).toBe(pid);
    expect(llamaServersOf(corral.stateDir)).toHaveLength(2);
  });

  it('goes offline after a stop, with no such process left', async () => {
    const pid = (await stateOf(ids[1] as string))?.pid as number;
    expect((await post(`/api/models/servers/stop/${ids[1]}`)).status).toBe(202);
    await until('offline', async () => (await stateOf(ids[1] as string))?.state === 'offline');
    expect(isAlive(pid)).toBe(false);
  });

  it('answers an unknown id with a typed 404', async () => {
    const response = await post('/api/models/servers/start/toString');
    expect(response.status).toBe(404);
    expect(errorSchema.parse(await response.json()).error.code).toBe('unknown_model');
  });

  it('refuses a foreign Origin, and a Host that is not its own', async () => {
    expect((await get('/api/models/status', { origin: 'https://evil.example' })).status).toBe(403);
    const { request } = await import('node:http');
    const evilHost = await new Promise<number | undefined>((resolve, reject) => {
      request(`${corral.url}/api/models/status`, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(evilHost).toBe(403);
  });

  it('replays the stream from a known id, and resets for an unknown one', async () => {
    const first = await readEvents(3);
    expect(first[0]?.event).toBe('snapshot');
    expect(snapshotSchema.safeParse(JSON.parse(first[0]?.data ?? '')).error).toBeUndefined();
    await until('events to replay', async () => (await readEvents(1))[0]?.id !== first[1]?.id);
    const replayed = await readEvents(1, first[1]?.id);
    expect(replayed[0]).toEqual(first[2]);
    const unknown = await readEvents(2, 'feedface0000-7');
    expect(unknown.map((message) => message.event)).toEqual(['reset', 'snapshot']);
  });

  /** The first messages of a new stream. */
  async function readEvents(count: number, lastEventId?: string): Promise<EventSourceMessage[]> {
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    const ended = new AbortController();
    const response = await fetch(`${corral.url}/api/events`, {
      signal: ended.signal,
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (messages.length >= count) break;
    }
    ended.abort();
    return messages.slice(0, count);
  }
});
