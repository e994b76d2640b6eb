import type { ModelSeriesWire, ModelStatus } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { type CorralProcess, startCorral } from './support/corral-process.js';
import { isAlive, llamaServersOf } from './support/processes.js';
import { until } from './support/until.js';

interface Status {
  readonly models: readonly ModelStatus[];
  readonly metrics: readonly ModelSeriesWire[];
}

const statusOf = async ({ url }: CorralProcess): Promise<Status> =>
  (await (await fetch(`${url}/api/models/status`)).json()) as Status;

const readyPids = async (corral: CorralProcess): Promise<number[]> =>
  (await statusOf(corral)).models
    .filter(({ state }) => state === 'ready')
    .map(({ pid }) => pid as number)
    .sort();

/** A hub with two ready models that have some history, started to leave them. */
async function withTwoReady(stateDir?: string): Promise<CorralProcess> {
  const corral = await startCorral({
    args: ['--on-exit', 'adopt'],
    ...(stateDir !== undefined && { stateDir }),
  });
  for (const { modelId } of (await statusOf(corral)).models.slice(0, 2))
    await fetch(`${corral.url}/api/models/servers/start/${modelId}`, { method: 'POST' });
  await until('both are ready', async () => (await readyPids(corral)).length === 2);
  const known = ({ valid }: ModelSeriesWire): boolean => valid.memoryGb.filter(Boolean).length >= 8;
  await until('both have a history', async () => (await statusOf(corral)).metrics.filter(known).length === 2);
  return corral;
}

/** Runs of known (`#`) and unknown (`.`) slots, as in `##..###`. */
const slotsOf = ({ valid }: ModelSeriesWire): string =>
  valid.memoryGb.map((known) => (known ? '#' : '.')).join('');

describe('a hub that is killed under two ready models', () => {
  it('F15 finds them again with `adopt`: same pids, ready within 3 s, history with a gap', async () => {
    const killed = await withTwoReady();
    const before = await readyPids(killed);
    await killed.kill('SIGKILL');
    expect(before.every(isAlive)).toBe(true);
    const startedMs = performance.now();
    const next = await startCorral({ stateDir: killed.stateDir, args: ['--on-exit', 'adopt'] });
    await until('the same are ready', async () => String(await readyPids(next)) === String(before), 3000);
    expect(performance.now() - startedMs).toBeLessThan(3000);
    const running = async () =>
      (await statusOf(next)).metrics.filter(({ valid }) => valid.memoryGb.some(Boolean));
    await until('both go on after the gap', async () => {
      const found = await running();
      return found.length === 2 && found.every((series) => /#\.+#+$/.test(slotsOf(series)));
    });
    for (const model of (await statusOf(next)).models.filter(({ state }) => state === 'ready')) {
      expect(model.uptimeSeconds).toBeGreaterThan(5);
      const access = (await (await fetch(`${next.url}/api/models/${model.modelId}/access`)).json()) as {
        baseUrl: string;
        apiKey: string;
      };
      const headers = { authorization: `Bearer ${access.apiKey}` };
      expect((await fetch(`${access.baseUrl}/props`, { headers })).status).toBe(200);
    }
    await fetch(`${next.url}/api/models/servers/stop-all`, { method: 'POST' });
    await until('stopped by the hub that took them over', () => !before.some(isAlive));
    await next.dispose();
  });

  it('finds them again after a polite end, and a hub with `stop` leaves none', async () => {
    const first = await withTwoReady();
    const before = await readyPids(first);
    expect(await first.kill('SIGTERM')).toBe(0);
    expect(before.every(isAlive)).toBe(true);
    const second = await startCorral({ stateDir: first.stateDir });
    expect(second.log()).toContain('left behind');
    expect(llamaServersOf(first.stateDir)).toEqual([]);
    expect(await readyPids(second)).toEqual([]);
    await second.dispose();
  });

  it('sees the end of a server that it took over, and starts it again', async () => {
    const killed = await withTwoReady();
    const [victim = 0, other = 0] = await readyPids(killed);
    await killed.kill('SIGKILL');
    const next = await startCorral({ stateDir: killed.stateDir, args: ['--on-exit', 'adopt'] });
    await until('both are ready', async () => (await readyPids(next)).length === 2);
    process.kill(victim, 'SIGKILL');
    const pids = await until('one is new', async () => {
      const found = await readyPids(next);
      return found.length === 2 && !found.includes(victim) && found;
    });
    expect(pids).toContain(other);
    await fetch(`${next.url}/api/models/servers/stop-all`, { method: 'POST' });
    await until('none is left', () => llamaServersOf(killed.stateDir).length === 0);
    await next.dispose();
  });
});
