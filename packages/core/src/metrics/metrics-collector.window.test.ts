import { describe, expect, it } from 'vitest';
import { backend, collecting } from './fake-metrics.fixture.js';
import type { MetricsBackend } from './metrics-snapshot.js';

describe('MetricsCollector.window', () => {
  it.each([0, 0.5, 901, -1, Number.NaN, Number.POSITIVE_INFINITY, '60' as unknown as number])(
    'refuses %s seconds',
    (windowS) => {
      expect(() => collecting([]).collector.window(windowS)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    },
  );

  it('is cut to the seconds that are asked for, with gaps where nothing was known', async () => {
    let tick = 0;
    const { clock, collector } = collecting([
      backend('a', async () => {
        tick += 1;
        if (tick === 3) throw new Error('missed');
        return tick < 2 ? { queueDepth: tick } : { queueDepth: tick, ramUsed: tick * 10 };
      }),
    ]);
    collector.start();
    await clock.advance(5000);
    expect(collector.window(900)).toEqual([
      {
        backendId: 'a',
        name: 'a',
        atMs: [1, 2, 3, 4, 5].map((second) => Date.UTC(2026, 0, 1, 0, 0, second)),
        values: { ramUsed: [null, 20, null, 40, 50], queueDepth: [1, 2, null, 4, 5] },
      },
    ]);
    expect(collector.window(2)[0]?.values).toEqual({ ramUsed: [null, 40, 50], queueDepth: [null, 4, 5] });
    await collector.stop();
    await clock.advance(2500);
    expect(collector.window(1)).toEqual([]);
  });

  it('holds 15 minutes, and of a backend that is gone what is not older', async () => {
    const [stays, goes] = [backend('stays'), backend('goes')];
    let backends: readonly MetricsBackend[] = [stays, goes];
    const { clock, collector } = collecting(() => backends, { intervalMs: 10_000 });
    collector.start();
    await clock.advance(60_000);
    backends = [stays];
    await clock.advance(600_000);
    expect(collector.latest().map(({ backendId }) => backendId)).toEqual(['stays']);
    expect(collector.window(900).map(({ atMs }) => atMs.length)).toEqual([66, 6]);
    expect(collector.window(60).map(({ backendId }) => backendId)).toEqual(['stays']);
    await clock.advance(330_000);
    expect(collector.window(900).map(({ atMs }) => atMs.length)).toEqual([90]);
    await collector.stop();
  });
});
