import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { llamaServersOf } from './support/processes.js';
import { until } from './support/until.js';

async function withTwoServers(): Promise<CorralProcess> {
  const corral = await startCorral();
  const { models } = (await (await fetch(`${corral.url}/api/models/status`)).json()) as {
    models: { modelId: string }[];
  };
  for (const { modelId } of models.slice(0, 2))
    await fetch(`${corral.url}/api/models/servers/start/${modelId}`, { method: 'POST' });
  await until('both run', () => llamaServersOf(corral.stateDir).length === 2);
  return corral;
}

describe('what a hub leaves behind', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`is no llama-server after ${signal}`, async () => {
      const corral = await withTwoServers();
      expect(await corral.kill(signal)).toBe(0);
      expect(llamaServersOf(corral.stateDir)).toEqual([]);
    });
  }

  it('is no llama-server after a SIGKILL: the kernel ends them, and what it left the next hub', async () => {
    const corral = await withTwoServers();
    await corral.kill('SIGKILL');
    // F15: where setpriv exists the servers die with their parent.
    if (existsSync('/usr/bin/setpriv'))
      await until('all are gone', () => llamaServersOf(corral.stateDir).length === 0, 1000);
    const next = await startCorral({ stateDir: corral.stateDir });
    expect(llamaServersOf(corral.stateDir)).toEqual([]);
    await next.dispose();
  });

  it('refuses a second hub on the same state directory, which keeps its servers', async () => {
    const corral = await withTwoServers();
    await expect(startCorral({ stateDir: corral.stateDir })).rejects.toThrow(/state directory is in use/);
    expect(llamaServersOf(corral.stateDir)).toHaveLength(2);
    await corral.dispose();
  });
});
