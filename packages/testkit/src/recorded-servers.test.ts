import { afterEach, describe, expect, it } from 'vitest';
import { RECORDED_KINDS, type RecordedServer, startRecordedServer } from './recorded-servers.ts';

const servers: RecordedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(...args: Parameters<typeof startRecordedServer>): Promise<RecordedServer> {
  const server = await startRecordedServer(...args);
  servers.push(server);
  return server;
}

describe('startRecordedServer', () => {
  it.each(RECORDED_KINDS)('lists models as a %s, and finds nothing wrong with that', async (kind) => {
    const server = await start(kind);
    const list = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toContain(server.state.models[0]?.name);
    expect([server.requests, server.unsafe]).toEqual([['GET /v1/models'], []]);
  });

  it.each([
    ['ollama', 'POST', '/api/generate'],
    ['ollama', 'GET', '/api/generate'],
    ['ollama', 'POST', '/api/tags'],
    ['vllm', 'POST', '/sleep'],
    ['vllm', 'GET', '/slots'],
    ['sglang', 'GET', '/health_generate'],
    ['llama-swap', 'GET', '/unload'],
    ['llama-swap', 'GET', '/upstream/llama3:8b/health'],
    ['llama-swap', 'GET', '/running?reload=1'],
    ['openai', 'GET', '/health'],
    ['lm-studio', 'GET', '/nobody/knows'],
  ] as const)('of %s writes %s %s down as unsafe', async (kind, method, path) => {
    const server = await start(kind);
    await fetch(server.url + path, { method });
    expect(server.unsafe).toEqual([`${method} ${path}`]);
  });

  it('answers 200 with an error to what LM Studio does not know', async () => {
    const { url } = await start('lm-studio-0.3');
    const answer = await fetch(`${url}/api/v1/models`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ error: 'Unexpected endpoint or method. (GET /api/v1/models)' });
  });

  it('asks for its key, and is as it is told meanwhile', async () => {
    const server = await start('ollama', { apiKey: 'sesame' });
    expect((await fetch(`${server.url}/api/ps`)).status).toBe(401);
    server.state.models = [{ name: 'a', loaded: true, sizeBytes: 5, vramBytes: 3 }];
    const answer = await fetch(`${server.url}/api/ps`, { headers: { authorization: 'Bearer sesame' } });
    expect(await answer.json()).toMatchObject({ models: [{ name: 'a', size: 5, size_vram: 3 }] });
    server.behaviour = 'error';
    expect((await fetch(`${server.url}/api/ps`)).status).toBe(500);
  });
});
