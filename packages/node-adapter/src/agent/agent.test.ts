import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgentReport } from '@corral/core';
import { agentReportSchema } from '@corral/core/wire';
import { startRecordedServer } from '@corral/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.js';
import { type RecordedReply, RecordingServer } from '../probes/recording-server.fixture.js';
import { type AgentHost, startAgent } from './agent.js';
import type { AgentOptions } from './agent-options.js';
import { reading } from './agent-report.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

class FakeHost implements AgentHost {
  hostId = 'gpu-box';
  calls: string[] = [];
  open = async () => void this.calls.push('open');
  close = async () => void this.calls.push('close');
  read = async () => reading;
  describe = () => ({ hostId: this.hostId, name: 'GPU box', system: 'Linux', addresses: ['192.168.1.20'] });
}

/** An agent that reports twice a second to a hub that answers as it is told. */
async function make(
  options: Partial<AgentOptions> = {},
  reply: RecordedReply = [204, ''],
  host = new FakeHost(),
) {
  const hub = await RecordingServer.start({ 'POST /api/hosts/gpu-box/report': reply });
  dispose.push(() => hub.close());
  const log: string[] = [];
  const agent = await startAgent(
    {
      hub: new URL(hub.origin),
      token: { token: 'a-secret-token' },
      hostId: undefined,
      name: undefined,
      intervalMs: 500,
      ports: [1],
      ...options,
    },
    createLogger({ level: 'debug', write: (line) => log.push(line) }),
    host,
  );
  dispose.push(() => agent.close());
  const reports = () => hub.bodies.map((body) => JSON.parse(body) as AgentReport);
  return { agent, hub, host, log, reports };
}
const soon = { timeout: 10_000, interval: 20 };

describe('startAgent', () => {
  it('reports the machine and its LLM servers, and disturbs none of them', async () => {
    const ollama = await startRecordedServer('ollama');
    const page = await RecordingServer.start({ '/': [200, '<html>Somebody else</html>'] });
    dispose.push(
      () => ollama.close(),
      () => page.close(),
    );
    const { reports, host, agent, log } = await make({ ports: [ollama.port, page.port] });
    await vi.waitFor(() => expect(reports().at(-1)?.endpoints[0]?.status).toBe('healthy'), soon);
    const last = reports().at(-1)!;
    expect(agentReportSchema.safeParse(last).error).toBeUndefined();
    expect(last).toMatchObject({
      name: 'GPU box',
      system: 'Linux',
      addresses: ['192.168.1.20'],
      intervalMs: 500,
      resources: reading,
    });
    expect(last.endpoints.map(({ kind, host: at, port }) => [kind, at, port])).toEqual([
      ['ollama', '127.0.0.1', ollama.port],
    ]);
    expect(last.endpoints[0]?.models.map(({ name, state }) => [name, state])).toContainEqual([
      'llama3:8b',
      'ready',
    ]);
    // What stands at the other port is no LLM server: it is not told, and not asked again.
    expect(reports().flatMap(({ endpoints }) => endpoints.map(({ port }) => port))).not.toContain(page.port);
    expect(ollama.unsafe).toEqual([]);
    const before = performance.now();
    await Promise.all([agent.close(), agent.close()]);
    // Nothing that hangs is waited for; the rest is room for a machine that is busy.
    expect(performance.now() - before).toBeLessThan(3000);
    expect(host.calls).toEqual(['open', 'close']);
    expect(log.join('\n')).not.toContain('a-secret-token');
  });

  it('does not tell of a server before it knows what it is', async () => {
    let asked = 0;
    const silent = createServer(
      (socket) => void socket.on('data', () => asked++).on('error', () => undefined),
    );
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    dispose.push(() => silent.close());
    const { reports, agent } = await make({ ports: [(silent.address() as AddressInfo).port] });
    await vi.waitFor(() => expect(asked).toBeGreaterThan(0), soon);
    const before = reports().length;
    await vi.waitFor(() => expect(reports().length).toBeGreaterThan(before), soon);
    expect(reports().flatMap(({ endpoints }) => endpoints)).toEqual([]);
    await agent.close();
  });

  it('F47 tells of a server that redirects by the host that it points to', async () => {
    const away = await RecordingServer.start({
      '/v1/models': [302, '', { location: 'http://elsewhere.lan/hunter2' }],
    });
    dispose.push(() => away.close());
    const { log } = await make({ ports: [away.port] });
    await vi.waitFor(() => expect(log.join('')).toContain('"redirect_refused"'), soon);
    expect(log.join('')).toContain('"locationHost":"elsewhere.lan"');
    expect(log.join('')).not.toContain('hunter2');
  });

  it('F60 goes by the id and name that it was given', async () => {
    const host = new FakeHost();
    host.hostId = 'Other Box';
    const { agent, reports } = await make({ hostId: 'gpu-box', name: 'Kitchen' }, [204, ''], host);
    await vi.waitFor(() => expect(reports()[0]?.name).toBe('Kitchen'), soon);
    expect(agent.hostId).toBe('gpu-box');
  });

  it('refuses a machine without a usable id, and leaves nothing open', async () => {
    const host = new FakeHost();
    host.hostId = 'Other Box';
    await expect(make({}, [204, ''], host)).rejects.toMatchObject({ code: 'invalid_option' });
    expect(host.calls).toEqual(['open', 'close']);
  });

  it('reports numbers as unknown when the machine cannot be read', async () => {
    const host = new FakeHost();
    host.read = async () => Promise.reject(new Error('no /proc'));
    const { reports, log } = await make({}, [204, ''], host);
    await vi.waitFor(() => expect(reports().length).toBeGreaterThan(1), soon);
    expect(reports()[0]?.resources).toMatchObject({
      cpuPercent: null,
      ramUsed: null,
      ramTotal: null,
      gpus: [],
    });
    expect(log.filter((line) => line.includes('no /proc')).length).toBe(1);
  });

  it('tells once that the hub refuses it, never with its token', async () => {
    const { hub, log } = await make({}, [403, '{"error":{"code":"scope_too_small"}}']);
    await vi.waitFor(() => expect(log.join('')).toContain('scope_too_small'), soon);
    expect([hub.asked.length, log.join('\n').includes('a-secret-token')]).toEqual([1, false]);
  });

  it('warns when its token can be read on the way', async () => {
    const { log } = await make({ hub: new URL('http://0.0.0.0:1') });
    expect(log.join('\n')).toContain('plain text');
    expect((await make()).log.join('\n')).not.toContain('plain text');
  });

  describe('with a token file', () => {
    const file = async (text: string): Promise<string> => {
      const folder = await mkdtemp(path.join(tmpdir(), 'corral-agent-'));
      dispose.push(() => rm(folder, { recursive: true }));
      await writeFile(path.join(folder, 'token'), text);
      return path.join(folder, 'token');
    };

    it('reads it', async () => {
      const { reports } = await make({ token: { file: await file('a-secret-token\n') } });
      await vi.waitFor(() => expect(reports().length).toBeGreaterThan(0), soon);
    });

    it.each(['', 'two tokens', 'a-secret-token\nb-secret-token'])('refuses what %j holds', async (text) => {
      const error: unknown = await make({ token: { file: await file(text) } }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'invalid_option' });
      expect(String(error)).not.toContain('secret');
    });

    it('refuses one that is not there', async () => {
      await expect(make({ token: { file: '/nowhere/token' } })).rejects.toMatchObject({
        code: 'invalid_option',
      });
    });
  });
});
