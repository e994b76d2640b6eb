import {
  EventHub,
  type HubEvents,
  type ModelMetric,
  type ModelSeriesView,
  wireEventNames,
} from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotAt, updated } from './fake-hub.fixture.js';
import type { StreamMessage } from './hub-frames.js';
import { HubMirror } from './hub-mirror.js';

function mirrorAt(seq: number, facts: Parameters<typeof snapshotAt>[1] = {}) {
  const heard: { name: string; payload: unknown }[] = [];
  const events = new EventHub<HubEvents>();
  events.subscribeAny((name, payload) => heard.push({ name, payload }));
  const mirror = new HubMirror(events);
  mirror.replace(snapshotAt(seq, facts));
  return { mirror, heard };
}

const message = (seq: number, event: string, data: unknown): StreamMessage => ({
  id: `e-${seq}`,
  event,
  data: JSON.stringify(data),
});
const sampled = (seq: number, tick: number, samples: unknown[] = [], at = '2026-01-01T00:00:10.000Z') =>
  message(seq, 'models:sampled', { tick, at, samples });
const values = (series: ModelSeriesView | undefined, metric: ModelMetric) =>
  Array.from({ length: series![metric].length }, (_, i) => series![metric].at(i));

describe('HubMirror', () => {
  it('knows nothing before its first snapshot and asks for one', () => {
    const mirror = new HubMirror(new EventHub());
    expect([mirror.models(), mirror.lastEventId]).toEqual([[], undefined]);
    expect(mirror.apply(updated(1))).toBe('gap');
    expect(mirror.models()).toEqual([]);
  });

  it('begins with the models and windows of a snapshot, unknown as NaN, and announces them', () => {
    const { mirror, heard } = mirrorAt(5);
    expect(mirror.lastEventId).toBe('e-5');
    expect(mirror.model('a')?.requestCount).toBe(5);
    expect(values(mirror.series('a'), 'tokensPerSecond')).toEqual([Number.NaN, 10]);
    expect(values(mirror.series('a'), 'latencyMs')).toEqual([Number.NaN, Number.NaN]);
    expect(heard).toEqual([{ name: 'models:scanned', payload: { models: mirror.models(), rejected: [] } }]);
  });

  it('takes the next message and passes it on', () => {
    const { mirror, heard } = mirrorAt(5);
    expect(mirror.apply(updated(6))).toBe('applied');
    expect([mirror.model('a')?.requestCount, mirror.lastEventId]).toEqual([6, 'e-6']);
    expect(heard.at(-1)?.name).toBe('model:updated');
  });

  it('changes nothing for a message that it has seen', () => {
    const { mirror, heard } = mirrorAt(5);
    const before = heard.length;
    expect([mirror.apply(updated(5)), mirror.apply(updated(1))]).toEqual(['applied', 'applied']);
    expect([mirror.model('a')?.requestCount, mirror.lastEventId, heard.length]).toEqual([5, 'e-5', before]);
  });

  it.each([
    ['skips one', 'e-7'],
    ['comes from another run of the hub', 'f-6'],
    ['has no place', ''],
  ])('reports a gap and changes nothing when a message %s', (_, id) => {
    const { mirror, heard } = mirrorAt(5);
    const before = heard.length;
    expect(mirror.apply({ ...updated(7), id })).toBe('gap');
    expect([mirror.model('a')?.requestCount, mirror.lastEventId, heard.length]).toEqual([5, 'e-5', before]);
  });

  it('counts on over events of a newer hub', () => {
    const { mirror, heard } = mirrorAt(5);
    const before = heard.length;
    expect(mirror.apply(message(6, 'jobs:exploded', {}))).toBe('applied');
    expect([mirror.lastEventId, heard.length]).toEqual(['e-6', before]);
    expect(mirror.apply(updated(7))).toBe('applied');
  });

  it('allows jumps after lagged, until the next snapshot', () => {
    const { mirror } = mirrorAt(5);
    expect(mirror.apply(message(5, 'lagged', {}))).toBe('applied');
    expect(mirror.apply(updated(9))).toBe('applied');
    expect(mirror.model('a')?.requestCount).toBe(9);
    mirror.apply(message(9, 'snapshot', snapshotAt(9)));
    expect(mirror.apply(updated(11))).toBe('gap');
  });

  it('begins anew with the snapshot after reset, in a new run too', () => {
    const { mirror } = mirrorAt(5);
    expect(mirror.apply({ id: 'f-2', event: 'reset', data: '{}' })).toBe('applied');
    expect(mirror.model('a')?.requestCount).toBe(5);
    mirror.apply({
      id: 'f-2',
      event: 'snapshot',
      data: JSON.stringify(snapshotAt(2, { lastEventId: 'f-2' })),
    });
    expect([mirror.model('a')?.requestCount, mirror.lastEventId]).toEqual([2, 'f-2']);
    expect(mirror.apply({ ...updated(3), id: 'f-3' })).toBe('applied');
  });

  it('drops models that are gone and keeps the windows of the others', () => {
    const { mirror } = mirrorAt(5);
    const series = mirror.series('a');
    mirror.apply(
      message(6, 'models:scanned', { models: [{ modelId: 'a' }, { modelId: 'b' }], rejected: [] }),
    );
    expect([mirror.series('a') === series, mirror.series('b')?.latencyMs.length]).toEqual([true, 0]);
    mirror.apply(
      message(7, 'models:scanned', {
        models: [{ modelId: 'b' }],
        rejected: [{ filename: 'x', reason: 'y' }],
      }),
    );
    expect([mirror.series('a'), mirror.model('a'), mirror.models().length]).toEqual([
      undefined,
      undefined,
      1,
    ]);
    expect(mirror.rejected).toEqual([{ filename: 'x', reason: 'y' }]);
  });

  it('keeps the series object of a model over snapshots', () => {
    const { mirror } = mirrorAt(5);
    const series = mirror.series('a');
    mirror.replace(snapshotAt(8));
    expect(mirror.series('a')).toBe(series);
  });

  it('adds a slot a tick; an absent model repeats its last one', () => {
    const { mirror } = mirrorAt(5);
    mirror.apply(sampled(6, 101, [{ modelId: 'a', tokensPerSecond: 0, memoryGb: null, latencyMs: 3 }]));
    mirror.apply(sampled(7, 102));
    expect(values(mirror.series('a'), 'tokensPerSecond')).toEqual([Number.NaN, 10, 0, 0]);
    expect(values(mirror.series('a'), 'memoryGb')).toEqual([2, 2, Number.NaN, Number.NaN]);
    expect(values(mirror.series('a'), 'latencyMs').slice(2)).toEqual([3, 3]);
  });

  it('pushes unknown slots for ticks that were jumped over', () => {
    const { mirror } = mirrorAt(5);
    mirror.apply(sampled(6, 104, [{ modelId: 'a', tokensPerSecond: 7, memoryGb: 2, latencyMs: 3 }]));
    expect(values(mirror.series('a'), 'memoryGb')).toEqual([2, 2, Number.NaN, Number.NaN, Number.NaN, 2]);
    mirror.apply(sampled(7, 1_000_000_000));
    expect(values(mirror.series('a'), 'memoryGb')).toEqual(Array(20).fill(Number.NaN));
  });

  it('goes on with the uptime and the last check of a running model, which travel with the samples alone', () => {
    const running = simulatedModel({
      modelId: 'a',
      state: 'ready',
      startedAt: '2026-01-01T00:00:00.000Z',
      uptimeSeconds: 9,
    });
    const { mirror } = mirrorAt(5, { models: [running] });
    mirror.apply(sampled(6, 101, [{ modelId: 'a', tokensPerSecond: 0, memoryGb: null, latencyMs: 3 }]));
    expect(mirror.model('a')).toMatchObject({
      uptimeSeconds: 10,
      latencyMs: 3,
      lastCheckedAt: '2026-01-01T00:00:10.000Z',
    });
  });

  it('does not add an hour to an uptime when the wall clock of the hub jumps', () => {
    const running = simulatedModel({
      modelId: 'a',
      state: 'ready',
      startedAt: '2026-01-01T00:00:00.000Z',
      uptimeSeconds: 9,
    });
    const { mirror } = mirrorAt(5, { models: [running] });
    mirror.apply(sampled(6, 101, [], '2026-01-01T01:00:10.000Z'));
    expect(mirror.model('a')?.uptimeSeconds).toBeLessThanOrEqual(11);
  });

  it.each([
    [
      'a snapshot whose series have no validity',
      message(6, 'snapshot', { ...snapshotAt(6), metrics: [{ ...snapshotAt(6).metrics[0], valid: {} }] }),
    ],
    ['a snapshot with a model that is null', message(6, 'snapshot', { ...snapshotAt(6), models: [null] })],
    ['a scan with a model that is null', message(6, 'models:scanned', { models: [null], rejected: [] })],
    ['a sample that is null', sampled(6, 101, [null])],
  ])('refuses %s as a protocol error and changes nothing', (_, broken) => {
    const { mirror } = mirrorAt(5);
    expect(() => mirror.apply(broken)).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect([mirror.lastEventId, mirror.model('a')?.requestCount]).toEqual(['e-5', 5]);
    expect(values(mirror.series('a'), 'memoryGb')).toEqual([2, 2]);
  });

  it('has the windows of the hub after any events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('sample'), value: fc.option(fc.nat(50)), of: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('scan'), ids: fc.subarray(['a', 'b', 'c']) }),
      fc.record({ kind: fc.constant('state'), of: fc.constantFrom('a', 'b') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const hub = new SimulatedHub();
        const mirror = new HubMirror(new EventHub());
        mirror.replace({ ...snapshotAt(0), models: [], metrics: [], tick: 0 });
        let seq = 0;
        const outcomes = new Set<string>();
        for (const name of wireEventNames) {
          hub.subscribe(name, (payload) => outcomes.add(mirror.apply(message(++seq, name, payload))));
        }
        hub.setModels([simulatedModel({ modelId: 'a' }), simulatedModel({ modelId: 'b' })]);
        for (const step of steps) {
          if (step.kind === 'scan') hub.setModels(step.ids.map((modelId) => simulatedModel({ modelId })));
          else if (step.kind === 'sample') {
            hub.sample({ [step.of]: { tokensPerSecond: step.value, memoryGb: 1, latencyMs: step.value } });
          } else if (hub.model(step.of)) hub.setState(step.of, 'ready');
        }
        expect([...outcomes]).toEqual(['applied']);
        expect(mirror.models().map(({ modelId, state }) => [modelId, state])).toEqual(
          hub.models().map(({ modelId, state }) => [modelId, state]),
        );
        for (const { modelId } of hub.models()) {
          expect(values(mirror.series(modelId), 'latencyMs')).toEqual(
            values(hub.series(modelId), 'latencyMs'),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a snapshot that comes after another', () => {
  it('announces what changed between them, since over polling nothing comes another way', () => {
    const { mirror, heard } = mirrorAt(5);
    heard.length = 0;
    const [model] = mirror.models();
    mirror.replace({ ...snapshotAt(6), tick: 101, models: [{ ...model!, state: 'ready' }] });
    expect(heard.map(({ name }) => name)).toEqual([
      'models:scanned',
      'model:state-changed',
      'models:sampled',
    ]);
    expect(heard[1]?.payload).toMatchObject({ previousState: model!.state, model: { state: 'ready' } });
    expect(heard[2]?.payload).toMatchObject({ tick: 101, samples: [{ modelId: 'a', memoryGb: 2 }] });
  });
});
