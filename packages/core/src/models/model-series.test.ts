import { describe, expect, it } from 'vitest';
import { ModelSeries } from './model-series.js';

const unknown = { tokensPerSecond: null, memoryGb: null, latencyMs: null };

describe('ModelSeries', () => {
  it('travels with 0 and valid false where a value is unknown, and null as the current one', () => {
    const series = new ModelSeries();
    series.push({ tokensPerSecond: 0, memoryGb: 4, latencyMs: null });
    series.push({ tokensPerSecond: null, memoryGb: 5, latencyMs: 6 });
    expect(series.toWire('m')).toEqual({
      modelId: 'm',
      tokensPerSecond: [0, 0],
      currentTokensPerSecond: null,
      memoryGb: [4, 5],
      currentMemoryGb: 5,
      latencyMs: [0, 6],
      currentLatencyMs: 6,
      valid: { tokensPerSecond: [true, false], memoryGb: [true, true], latencyMs: [false, true] },
    });
  });

  it('keeps its three windows aligned and 20 slots long', () => {
    const series = new ModelSeries();
    for (let i = 0; i < 30; i++)
      series.push({ tokensPerSecond: i, memoryGb: null, latencyMs: i % 2 ? i : null });
    expect([series.tokensPerSecond.length, series.memoryGb.length, series.latencyMs.length]).toEqual([
      20, 20, 20,
    ]);
    expect([series.tokensPerSecond.at(0), series.latencyMs.at(1)]).toEqual([10, 11]);
  });

  it('is the same after a journey', () => {
    const series = new ModelSeries();
    series.pushGap(2);
    series.push({ tokensPerSecond: 0, memoryGb: 1.5, latencyMs: null });
    series.repeatLast();
    const copy = new ModelSeries();
    copy.push({ tokensPerSecond: 9, memoryGb: 9, latencyMs: 9 });
    copy.replace(series.toWire('m'));
    expect(copy.toWire('m')).toEqual(series.toWire('m'));
    expect(copy.current()).toEqual({ tokensPerSecond: 0, memoryGb: 1.5, latencyMs: null });
  });

  it('fills a gap of any length with unknown slots, at no more cost than its capacity', () => {
    const series = new ModelSeries();
    series.push({ tokensPerSecond: 1, memoryGb: 1, latencyMs: 1 });
    series.pushGap(1e15);
    expect(series.current()).toEqual(unknown);
    expect(series.toWire('m').valid.latencyMs).toEqual(Array(20).fill(false));
  });

  it('repeats an unknown slot when it has nothing to repeat', () => {
    const series = new ModelSeries();
    series.repeatLast();
    expect(series.toWire('m').valid.memoryGb).toEqual([false]);
  });

  it('shows every change by its version', () => {
    const series = new ModelSeries();
    const versions = [series.version];
    series.push(unknown);
    versions.push(series.version);
    series.repeatLast();
    versions.push(series.version);
    series.replace(new ModelSeries().toWire('m'));
    versions.push(series.version);
    expect(new Set(versions).size).toBe(4);
  });
});
