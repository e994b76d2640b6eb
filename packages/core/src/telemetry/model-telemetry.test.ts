import { describe, expect, it } from 'vitest';
import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { modelTelemetrySchema } from '../jobs/job-schemas.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { InMemoryTelemetryStore } from './in-memory-telemetry-store.fixture.js';
import type { ModelCall, ModelTelemetryEntry, TelemetryStore } from './model-call.js';
import { ModelTelemetry } from './model-telemetry.js';
import { expectedEntries, scriptedCalls } from './scripted-calls.fixture.js';

const callOf = (facts: Partial<ModelCall> = {}): ModelCall => ({
  model: 'meadow',
  provider: 'llama-server',
  outcome: 'ok',
  latencyMs: 100,
  ttftMs: null,
  inputTokens: null,
  outputTokens: null,
  tokensPerSecond: null,
  costUsd: null,
  price: null,
  ...facts,
});

function house(store?: TelemetryStore, clock = new SimulatedClock()) {
  const events = new EventHub<HubEvents>();
  const announced: (readonly ModelTelemetryEntry[])[] = [];
  events.subscribe('telemetry:recorded', ({ models }) => announced.push(models));
  const telemetry = new ModelTelemetry({ events, clock, ...(store && { store }) });
  return { telemetry, clock, announced };
}
const countsOf = ({ telemetry }: ReturnType<typeof house>): Record<string, number> =>
  Object.fromEntries(telemetry.entries().map(({ model, callCount }) => [model, callCount]));

describe('ModelTelemetry', () => {
  it('equals an independent computation over 1,000 scripted calls, also after a restart', async () => {
    const store = new InMemoryTelemetryStore();
    const first = house(store);
    const startMs = first.clock.wallTime();
    const script = scriptedCalls(1000);
    await first.telemetry.open();
    for (const { afterMs, call } of script) {
      first.clock.jumpWallTime(startMs + afterMs - first.clock.wallTime());
      first.telemetry.record(call);
    }
    first.clock.jumpWallTime(86_400_000);
    const found = first.telemetry.entries();
    const wanted = expectedEntries(script, startMs, first.clock.wallTime());
    expect(found).toHaveLength(4);
    for (const [i, entry] of found.entries()) {
      const { latencyP95Ms, trustFactor, avgLatencyMs, avgTtftMs, avgTokensPerSecond, avgCostUsd, ...exact } =
        entry;
      expect(wanted[i]).toMatchObject(exact);
      const close = { trustFactor, avgLatencyMs, avgTtftMs, avgTokensPerSecond, avgCostUsd };
      for (const [name, value] of Object.entries(close)) {
        const right = wanted[i]?.[name as keyof typeof close] ?? null;
        if (right === null) expect(value).toBeNull();
        else expect(Math.abs((value ?? Number.NaN) - right)).toBeLessThanOrEqual(1e-9 * right);
      }
      const right = wanted[i]?.latencyP95Ms ?? Number.NaN;
      expect(Math.abs((latencyP95Ms ?? Number.NaN) - right) / right).toBeLessThan(0.01);
      expect(modelTelemetrySchema.safeParse(entry).error?.issues).toBeUndefined();
    }
    await first.telemetry.dispose();
    const second = house(store, first.clock);
    await second.telemetry.open();
    expect(second.telemetry.entries()).toEqual(found);
    await second.telemetry.dispose();
  });

  it('goes on after a restart as if there had been none', async () => {
    const store = new InMemoryTelemetryStore();
    const free = callOf({ costUsd: -0, price: { inputUsdPer1M: -0, outputUsdPer1M: 0 } });
    const script = [...scriptedCalls(200, 7), { afterMs: 0, call: free }];
    const clock = new SimulatedClock();
    const one = house(undefined, clock);
    for (const part of [script.slice(0, 90), script.slice(90, 91), script.slice(91)]) {
      const next = house(store, clock);
      await next.telemetry.open();
      for (const { call } of part) {
        clock.jumpWallTime(60_000);
        one.telemetry.record(call);
        next.telemetry.record(call);
      }
      await next.telemetry.dispose();
      const after = house(store, clock);
      await after.telemetry.open();
      expect(after.telemetry.entries()).toEqual(one.telemetry.entries());
      await after.telemetry.dispose();
    }
    await one.telemetry.dispose();
  });

  it('sorts by provider, then by model', async () => {
    const { telemetry } = house();
    for (const [provider, model] of [
      ['openai', 'b'],
      ['anthropic', 'z'],
      ['openai', 'a'],
      ['Kimi', 'c'],
    ] as const)
      telemetry.record(callOf({ provider, model }));
    const names = telemetry.entries().map(({ provider, model }) => `${provider} ${model}`);
    expect(names).toEqual(['Kimi c', 'anthropic z', 'openai a', 'openai b']);
    await telemetry.dispose();
  });

  it('counts cancelled calls apart, and their times, speeds and costs nowhere', async () => {
    const { telemetry } = house();
    telemetry.record(
      callOf({ outcome: 'cancelled', latencyMs: 9, ttftMs: 9, tokensPerSecond: 9, costUsd: 9 }),
    );
    const unknown = {
      successRate: null,
      trustFactor: null,
      avgLatencyMs: null,
      latencyP95Ms: null,
      avgCostUsd: null,
    };
    const none = { callCount: 0, failureCount: 0, cancelledCount: 1 };
    expect(telemetry.entries()).toEqual([expect.objectContaining({ ...unknown, ...none, avgTtftMs: null })]);
    telemetry.record(callOf());
    telemetry.record(callOf({ outcome: 'cancelled' }));
    expect(telemetry.entries()[0]).toMatchObject({
      callCount: 1,
      cancelledCount: 2,
      successRate: 1,
      avgLatencyMs: 100,
    });
    await telemetry.dispose();
  });

  it('counts a failed call, and what it cost, but not how long it took', async () => {
    const { telemetry } = house();
    telemetry.record(callOf({ costUsd: 1, tokensPerSecond: 4 }));
    telemetry.record(
      callOf({ outcome: 'failed', latencyMs: 60_000, ttftMs: 5, tokensPerSecond: 1, costUsd: 3 }),
    );
    expect(telemetry.entries()[0]).toMatchObject({
      callCount: 2,
      failureCount: 1,
      successRate: 0.5,
      avgLatencyMs: 100,
      avgTtftMs: null,
      avgTokensPerSecond: 4,
      avgCostUsd: 2,
    });
    await telemetry.dispose();
  });

  it('takes numbers that cannot be for unknown ones', async () => {
    const { telemetry } = house();
    telemetry.record(callOf({ ttftMs: 10, tokensPerSecond: 20, costUsd: 0.5 }));
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, Number.MAX_VALUE];
    for (const value of [...bad, '7' as unknown as number, undefined as unknown as number])
      telemetry.record(
        callOf({
          latencyMs: value,
          ttftMs: value,
          tokensPerSecond: value,
          costUsd: value,
          price: { inputUsdPer1M: value, outputUsdPer1M: 1 },
        }),
      );
    expect(telemetry.entries()[0]).toMatchObject({
      callCount: 8,
      successRate: 1,
      avgLatencyMs: 100,
      avgTtftMs: 10,
      avgTokensPerSecond: 20,
      avgCostUsd: 0.5,
      costPer1mInput: null,
      costPer1mOutput: null,
    });
    await telemetry.dispose();
  });

  it('shows the price that the last call came with', async () => {
    const { telemetry } = house();
    const prices = () =>
      telemetry.entries().map(({ costPer1mInput, costPer1mOutput }) => [costPer1mInput, costPer1mOutput]);
    telemetry.record(callOf({ price: { inputUsdPer1M: 1, outputUsdPer1M: 2 } }));
    telemetry.record(callOf({ price: { inputUsdPer1M: 3, outputUsdPer1M: 0 } }));
    expect(prices()).toEqual([[3, 0]]);
    telemetry.record(callOf());
    expect(prices()).toEqual([[null, null]]);
    await telemetry.dispose();
  });

  it('lets trust fall while nobody calls', async () => {
    const { telemetry, clock } = house();
    for (let i = 0; i < 50; i++) telemetry.record(callOf());
    const trust = () => telemetry.entries()[0]?.trustFactor ?? Number.NaN;
    const before = trust();
    clock.jumpWallTime(30 * 86_400_000);
    expect(before).toBeGreaterThan(0.9);
    expect(trust()).toBeLessThan(0.6);
    await telemetry.dispose();
  });

  it('announces the models that changed at most once a second, and what is left at its end', async () => {
    const { telemetry, clock, announced } = house();
    const told = () =>
      announced.splice(0).map((models) => models.map(({ model, callCount }) => `${model} ${callCount}`));
    telemetry.record(callOf({ model: 'b' }));
    telemetry.record(callOf({ model: 'a' }));
    expect(told()).toEqual([]);
    await clock.advance(0);
    expect(told()).toEqual([['a 1', 'b 1']]);
    for (let i = 0; i < 25; i++) {
      telemetry.record(callOf({ model: 'a' }));
      await clock.advance(100);
    }
    expect(told()).toEqual([['a 11'], ['a 21']]);
    await clock.advance(500);
    expect(told()).toEqual([['a 26']]);
    await clock.advance(60_000);
    expect([told(), clock.timerCount]).toEqual([[], 0]);
    telemetry.record(callOf({ model: 'c' }));
    await telemetry.dispose();
    expect([told(), clock.timerCount]).toEqual([[['c 1']], 0]);
    telemetry.record(callOf({ model: 'c' }));
    expect([told(), clock.timerCount]).toEqual([[], 0]);
    expect(telemetry.entries().map(({ callCount }) => callCount)).toEqual([26, 1, 1]);
  });

  it('cleans names and cuts them, and has one for what has none', async () => {
    const store = new InMemoryTelemetryStore();
    const { telemetry, clock } = house(store);
    await telemetry.open();
    const cat = '\u{1f408}';
    const names = [
      'a\u0000b\u202e',
      `${'x'.repeat(255)}${cat}`,
      'y'.repeat(300),
      '\ud800',
      ' ',
      '__proto__',
      '\n'.repeat(256),
      '\u0000'.repeat(256),
    ];
    for (const model of names) telemetry.record(callOf({ model, provider: '' }));
    telemetry.record(callOf({ model: 7 as unknown as string, provider: '' }));
    await clock.advance(2000);
    const shown = telemetry.entries().map(({ model }) => model);
    expect(new Set(shown)).toEqual(
      new Set([
        'a\\u{0}b\\u{202e}',
        '\\u{0}'.repeat(60).slice(0, 256),
        `${'x'.repeat(255)}\ufffd`,
        'y'.repeat(256),
        '\ufffd',
        'unknown',
        '__proto__',
      ]),
    );
    expect(new Set(telemetry.entries().map(({ provider }) => provider))).toEqual(new Set(['unknown']));
    await telemetry.dispose();
    const next = house(store, clock);
    await next.telemetry.open();
    expect(next.telemetry.entries()).toEqual(telemetry.entries());
    await next.telemetry.dispose();
  });

  it('keeps 1,000 models: those that were called last, in its store, too', async () => {
    const store = new InMemoryTelemetryStore();
    const first = house(store);
    await first.telemetry.open();
    for (let i = 0; i < 1000; i++) {
      first.telemetry.record(callOf({ model: `m${i}` }));
      first.clock.jumpWallTime(1000);
    }
    await first.clock.advance(2000);
    first.telemetry.record(callOf({ model: 'm0' }));
    first.telemetry.record(callOf({ model: 'new' }));
    await first.clock.advance(2000);
    const kept = countsOf(first);
    expect([Object.keys(kept).length, kept['m0'], kept['m1'], kept['new']]).toEqual([1000, 2, undefined, 1]);
    expect([store.rows.size, store.rows.has('llama-server\nm1')]).toEqual([1000, false]);
    await first.telemetry.dispose();
    const second = house(store, first.clock);
    await second.telemetry.open();
    second.telemetry.record(callOf({ model: 'newer' }));
    await second.telemetry.dispose();
    expect([countsOf(second)['m2'], store.rows.size, store.rows.has('llama-server\nm2')]).toEqual([
      undefined,
      1000,
      false,
    ]);
  });
});
