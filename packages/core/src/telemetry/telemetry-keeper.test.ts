import { describe, expect, it } from 'vitest';
import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { InMemoryTelemetryStore } from './in-memory-telemetry-store.fixture.js';
import { ModelTelemetry } from './model-telemetry.js';
import { scriptedCalls } from './scripted-calls.fixture.js';

const call = {
  model: 'meadow',
  provider: 'ollama',
  outcome: 'ok',
  latencyMs: 100,
  ttftMs: null,
  inputTokens: null,
  outputTokens: null,
  tokensPerSecond: null,
  costUsd: null,
  price: null,
} as const;

function opened(store: InMemoryTelemetryStore, clock = new SimulatedClock()) {
  const telemetry = new ModelTelemetry({ events: new EventHub<HubEvents>(), store, clock });
  const record = (times: number): void => {
    for (let i = 0; i < times; i++) telemetry.record(call);
  };
  const count = (): number => telemetry.entries()[0]?.callCount ?? 0;
  return { telemetry, clock, record, count };
}

async function keptCount(store: InMemoryTelemetryStore): Promise<number> {
  const next = opened(store);
  await next.telemetry.open();
  const count = next.count();
  await next.telemetry.dispose();
  return count;
}

describe('keeping telemetry', () => {
  it('saves at most once a second, nothing when nothing changed, and what is left at its end', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock, record } = opened(store);
    await telemetry.open();
    for (let i = 0; i < 50; i++) {
      record(1);
      await clock.advance(100);
    }
    expect(store.saves).toBeLessThanOrEqual(6);
    expect(store.saves).toBeGreaterThanOrEqual(4);
    await clock.advance(2000);
    const before = store.saves;
    await clock.advance(60_000);
    expect(store.saves).toBe(before);
    record(3);
    await telemetry.dispose();
    await telemetry.dispose();
    expect([store.saves, clock.timerCount]).toEqual([before + 1, 0]);
    expect(await keptCount(store)).toBe(53);
  });

  it('saves again what could not be saved, later each time, with what came meanwhile', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock, record } = opened(store);
    await telemetry.open();
    store.failures = 5;
    record(2);
    await clock.advance(1000);
    record(3);
    const early = store.saves;
    await clock.advance(14_000);
    expect([early, store.saves]).toEqual([1, 4]);
    record(1);
    await clock.advance(60_000);
    expect([store.failures, store.rows.size]).toEqual([0, 1]);
    expect(await keptCount(store)).toBe(6);
    await telemetry.dispose();
  });

  it('loses nothing that comes while a save fails', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock, record } = opened(store);
    await telemetry.open();
    let open = (): void => {};
    store.gate = new Promise((resolve) => (open = resolve));
    store.failures = 1;
    record(1);
    await clock.advance(1000);
    record(1);
    open();
    await clock.advance(5000);
    expect(await keptCount(store)).toBe(2);
    await telemetry.dispose();
  });

  it('never has two saves at a time', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock, record } = opened(store);
    await telemetry.open();
    let open = (): void => {};
    store.gate = new Promise((resolve) => (open = resolve));
    for (let i = 0; i < 5; i++) {
      record(1);
      await clock.advance(2000);
    }
    expect(store.saves).toBe(1);
    const disposed = telemetry.dispose();
    open();
    await disposed;
    expect([store.saves, clock.timerCount]).toEqual([2, 0]);
    expect(await keptCount(store)).toBe(5);
  });

  it('tries twice at its end, and ends', async () => {
    const store = new InMemoryTelemetryStore();
    const once = opened(store);
    await once.telemetry.open();
    store.failures = 1;
    once.record(4);
    await once.telemetry.dispose();
    expect(await keptCount(store)).toBe(4);
    const never = opened(store);
    await never.telemetry.open();
    store.failures = 1000;
    never.record(1);
    await never.telemetry.dispose();
    expect(never.clock.timerCount).toBe(0);
    store.failures = 0;
    expect(await keptCount(store)).toBe(4);
  });

  it('reads later what it cannot read at first, and adds to it instead of writing over it', async () => {
    const store = new InMemoryTelemetryStore();
    const clock = new SimulatedClock();
    const whole = new ModelTelemetry({ events: new EventHub<HubEvents>(), clock });
    const script = scriptedCalls(60, 3).map((each) => each.call);
    const first = opened(store, clock);
    await first.telemetry.open();
    for (const each of script.slice(0, 40)) {
      clock.jumpWallTime(3_600_000);
      first.telemetry.record(each);
      whole.record(each);
    }
    await first.telemetry.dispose();
    store.failures = 2;
    const second = opened(store, clock);
    await second.telemetry.open();
    for (const each of script.slice(40)) {
      clock.jumpWallTime(3_600_000);
      second.telemetry.record(each);
      whole.record(each);
    }
    expect(second.telemetry.entries()).not.toEqual(whole.entries());
    await clock.advance(999);
    expect([store.loads, store.saves]).toEqual([2, 1]);
    await clock.advance(10_000);
    // Sums that were made in another order may differ by rounding alone.
    const rounded = (telemetry: ModelTelemetry): unknown =>
      JSON.parse(JSON.stringify(telemetry.entries()), (_, value: unknown) =>
        typeof value === 'number' ? Number(value.toPrecision(12)) : value,
      );
    expect(rounded(second.telemetry)).toEqual(rounded(whole));
    await second.telemetry.dispose();
    const third = opened(store, clock);
    await third.telemetry.open();
    expect(third.telemetry.entries()).toEqual(second.telemetry.entries());
    await third.telemetry.dispose();
    await whole.dispose();
  });

  it('does not bring back what was dropped while its save failed', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock } = opened(store);
    await telemetry.open();
    let open = (): void => {};
    store.gate = new Promise((resolve) => (open = resolve));
    store.failures = 1;
    telemetry.record(call);
    await clock.advance(1000);
    for (let i = 0; i < 1000; i++) telemetry.record({ ...call, model: `m${i}` });
    open();
    await clock.advance(5000);
    expect([store.rows.size, store.rows.has('ollama\nmeadow')]).toEqual([1000, false]);
    await telemetry.dispose();
  });

  it('reads before it saves where nobody opened it', async () => {
    const store = new InMemoryTelemetryStore();
    for (const times of [2, 3]) {
      const { telemetry, record } = opened(store);
      record(times);
      await telemetry.dispose();
    }
    expect(await keptCount(store)).toBe(5);
  });

  it('leaves out what is no telemetry, and writes over it', async () => {
    const store = new InMemoryTelemetryStore();
    const first = opened(store);
    await first.telemetry.open();
    first.record(2);
    await first.telemetry.dispose();
    const [[key, sound] = ['', '']] = [...store.rows];
    const { document } = JSON.parse(sound) as { document: Record<string, unknown> };
    for (const bad of [
      {},
      { ...document, ok: -1 },
      { ...document, evidence: null },
      { ...document, latencies: { zeros: 0, min: null, max: null, buckets: [1] } },
      { ...document, lastCallMs: 1e300 },
    ]) {
      store.rows.set(key, JSON.stringify({ model: 'meadow', provider: 'ollama', document: bad }));
      expect(await keptCount(store)).toBe(0);
    }
    const last = opened(store);
    await last.telemetry.open();
    last.record(1);
    await last.telemetry.dispose();
    expect(await keptCount(store)).toBe(1);
  });
});
