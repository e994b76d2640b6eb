import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FakeBackend, fakeBackendModel } from '../registry/fake-backends.fixture.js';
import { FakeHouse } from './fake-servers.fixture.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Attaches 20 servers with a model each, and answers what makes all of them count tokens. */
async function attachTwenty({ network, manager, clock }: FakeHouse): Promise<() => void> {
  const totals = Array<number>(20).fill(0);
  for (let i = 0; i < 20; i++) {
    const backend = new FakeBackend('llama-router');
    backend.onCheck = async () => {
      const numbers = {
        generatedTokens: { total: totals[i]!, atMs: clock.now(), epoch: null },
        promptTokens: totals[i]! * 3,
        promptSeconds: totals[i]! / 100,
        load: { processing: Math.floor(totals[i]! / 100) % 3, deferred: 0 },
        slots: 4,
        contextUsedTokens: totals[i]! % 4096,
        contextSizeTokens: 4096,
        source: '/metrics',
      };
      const model = fakeBackendModel(`theirs${i}`, 'ready', { numbers, sizeBytes: 4e9 });
      return { condition: 'ok', latencyMs: 3 + (totals[i]! % 5), models: [model], problem: null };
    };
    network.backends.set(`h:${i + 1}`, backend);
    await manager.attach({ url: `http://h:${i + 1}` });
  }
  return () => totals.forEach((total, i) => (totals[i] = total + (i % 7)));
}

describe('F97 a day of 86,400 ticks with 20 models and 20 attached endpoints', () => {
  it('grows neither the heap nor the number of timers, listeners or connections', async () => {
    const before = heapBytes();
    const house = new FakeHouse(20);
    const { clock, servers, manager } = house;
    await house.hub.open();
    const generate = await attachTwenty(house);
    let ticks = 0;
    house.events.subscribe('models:sampled', () => {
      ticks += 1;
      generate();
      // All six metrics of a server move: speed, memory, latency, requests, errors and load.
      for (const process of servers.processes) {
        process.tokens += process.pid % 7;
        process.memoryBytes = 2e9 + (ticks % 100);
        process.latencyMs = 5 + (ticks % 3);
        if (ticks % 10 > 0) continue;
        process.load = { processing: (ticks / 10) % 2, deferred: 0 };
        process.tally = { requestCount: ticks, errorCount: ticks / 10, totalResponseTimeMs: ticks * 2 };
      }
    });
    for (const { modelId, control } of manager.list()) if (control === 'owned') await manager.start(modelId);
    await clock.advance(0);

    const samples = 24;
    const heap: number[] = [];
    const held: string[] = [];
    for (let hour = 0; hour < samples; hour++) {
      await clock.advance(3_600_000);
      heap.push(heapBytes());
      held.push(`${clock.timerCount} ${house.addedListeners} ${servers.openProbes}`);
    }

    expect(ticks).toBe(86_400);
    expect(servers.processes).toHaveLength(20);
    expect(servers.processes.every(({ checks }) => checks === 86_401)).toBe(true);
    expect([...house.network.backends.values()].every(({ mostAtOnce }) => mostAtOnce === 1)).toBe(true);
    expect(new Set(held)).toEqual(new Set(['1 1 20']));
    const series = manager.seriesWire();
    expect(series).toHaveLength(40);
    for (const { tokensPerSecond, memoryGb, latencyMs } of series)
      expect([tokensPerSecond.length, memoryGb.length, latencyMs.length]).toEqual([20, 20, 20]);
    expect(manager.list().every(({ state }) => state === 'ready')).toBe(true);
    const quarter = samples / 4;
    const second = median(heap.slice(quarter, 2 * quarter));
    const last = median(heap.slice(3 * quarter));
    expect(last / second).toBeLessThanOrEqual(1.02);
    // What the test runner itself holds is not ours.
    expect(Math.max(...heap) - before).toBeLessThanOrEqual(40 * 2 ** 20);
    await house.dispose();
  }, 180_000);
});

describe('1,000 models', () => {
  it('keep a flat heap over ten minutes', async () => {
    const house = new FakeHouse(1000, { portRange: { from: 20_000, to: 21_000 } });
    await house.hub.open();
    for (const { modelId } of house.manager.list()) await house.manager.start(modelId);
    house.events.subscribe('models:sampled', () => {
      for (const process of house.servers.processes) process.tokens += process.pid % 7;
    });
    const heap: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      await house.clock.advance(60_000);
      heap.push(heapBytes());
    }
    expect(house.manager.list().every(({ state }) => state === 'ready')).toBe(true);
    expect(median(heap.slice(7)) / median(heap.slice(2, 5))).toBeLessThan(1.02);
    await house.dispose();
  }, 120_000);
});
