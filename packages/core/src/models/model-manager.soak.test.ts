import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FakeHouse } from './fake-servers.fixture.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

describe('a day of 86,400 ticks with 20 models', () => {
  it('grows neither the heap nor the number of timers, listeners or connections', async () => {
    const house = new FakeHouse(20);
    const { clock, servers, manager } = house;
    let ticks = 0;
    house.events.subscribe('models:sampled', () => {
      ticks += 1;
      for (const process of servers.processes) process.tokens += process.pid % 7;
    });
    await house.hub.open();
    for (const { modelId } of manager.list()) manager.start(modelId);
    await clock.advance(0);

    const samples = 24;
    const heap: number[] = [];
    const held: string[] = [];
    for (let hour = 0; hour < samples; hour++) {
      await clock.advance(3_600_000);
      heap.push(heapBytes());
      held.push(`${clock.timerCount} ${house.events.listenerCount} ${servers.openProbes}`);
    }

    expect(ticks).toBe(86_400);
    expect(servers.processes).toHaveLength(20);
    expect(servers.processes.every(({ checks }) => checks === 86_401)).toBe(true);
    expect(new Set(held)).toEqual(new Set(['1 1 20']));
    expect(manager.seriesWire().every(({ memoryGb }) => memoryGb.length === 20)).toBe(true);
    const quarter = samples / 4;
    const second = median(heap.slice(quarter, 2 * quarter));
    const last = median(heap.slice(3 * quarter));
    expect(last / second).toBeLessThanOrEqual(1.02);
    await house.dispose();
  }, 180_000);
});
