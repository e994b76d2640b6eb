import { closeSync, openSync, readFileSync } from 'node:fs';
import type { ServerProcess } from '@corral/core';
import { afterEach, describe, expect, it } from 'vitest';
import { AttachedLlamaServer } from './attached-llama-server.js';
import { LlamaServerProbe } from './llama-server-probe.js';
import { ollamaProbe } from './ollama.js';
import { ProbedBackend } from './probed-backend.js';
import { metricsText, ok, RecordingServer } from './recording-server.fixture.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

const mostDescriptors = Number(
  /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Number.POSITIVE_INFINITY,
);

/** Does something while this process has no file descriptor left. */
async function withoutDescriptors<T>(work: () => Promise<T>): Promise<T> {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    expect(error).toMatchObject({ code: 'EMFILE' });
  }
  try {
    return await work();
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}

// Where the limit is high, taking all of them would take too long.
describe.runIf(mostDescriptors <= 100_000)('F28 a process without file descriptors', () => {
  it('knows nothing of servers, blames none, and has them again at once', async () => {
    const server = await RecordingServer.start({
      '/health': ok({ status: 'ok' }),
      '/v1/models': ok({ data: [{ id: 'm', meta: null }] }),
      '/props': ok({ total_slots: 1 }),
      '/metrics': ok(metricsText(1)),
      '/api/ps': ok({ models: [] }),
      '/api/tags': ok({ models: [] }),
    });
    dispose.push(() => server.close());
    const attached = new AttachedLlamaServer(server.connection(), { scrapeMetrics: true });
    const ollama = new ProbedBackend(server.connection(), ollamaProbe());
    const ours = { pid: process.pid, baseUrl: server.origin, identityKey: 'identity' } as ServerProcess;
    const probe = new LlamaServerProbe(ours, { maySleep: false, readMemory: async () => null });
    dispose.push(() => probe.close());

    const [reading, ofOllama, seen] = await withoutDescriptors(async () => [
      await attached.check(AbortSignal.timeout(2000)),
      await ollama.check(AbortSignal.timeout(2000)),
      await probe.check(AbortSignal.timeout(2000)),
    ]);
    for (const each of [reading, ofOllama])
      expect(each).toMatchObject({ condition: 'local_resource', models: null });
    expect(seen).toMatchObject({ condition: 'unchecked', numbers: null, problem: expect.any(String) });

    for (const each of [attached, ollama])
      expect(await each.check(AbortSignal.timeout(2000))).toMatchObject({ condition: 'ok' });
    // It knows no key, so it is none of ours; what counts is that it was reached.
    expect(await probe.check(AbortSignal.timeout(2000))).toMatchObject({ condition: 'impostor' });
  });
});
