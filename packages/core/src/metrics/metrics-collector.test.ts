import { describe, expect, it } from 'vitest';
import { BackendFailure } from '../registry/ports.js';
import { backend, collecting, watch } from './fake-metrics.fixture.js';
import { type MetricsReading, metricsFields } from './metrics-snapshot.js';

const allUnknown = Object.fromEntries(metricsFields.map((field) => [field, null]));
const never = () => new Promise<never>(() => {});

describe('MetricsCollector.collectOnce', () => {
  it('resolves to an empty list without backends, and leaves no timer', async () => {
    const { clock, collector } = collecting([]);
    expect(await collector.collectOnce()).toEqual([]);
    expect(collector.window(900)).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it('gives what is known its place in time, and calls what is left out unknown', async () => {
    const { collector } = collecting([
      { id: 'gpu-box', name: 'GPU box', collect: async () => ({ ramUsed: 5, gpuUtilization: 0 }) },
    ]);
    const expected = {
      ...allUnknown,
      id: 'gpu-box@2026-01-01T00:00:00.000Z',
      backendId: 'gpu-box',
      name: 'GPU box',
      at: '2026-01-01T00:00:00.000Z',
      ramUsed: 5,
      gpuUtilization: 0,
    };
    expect(await collector.collectOnce()).toEqual([expected]);
    expect(collector.latest()).toEqual([expected]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '12', null, {}, 10n, true])(
    'F37 leaves a field unknown that is %s, and no other',
    async (nonsense) => {
      const answer = { ramUsed: 7, ramTotal: nonsense } as unknown as MetricsReading;
      const [snapshot] = await collecting([backend('a', async () => answer)]).collector.collectOnce();
      expect(snapshot).toMatchObject({ ramUsed: 7, ramTotal: null });
      expect(snapshot).not.toHaveProperty('error');
    },
  );

  it('believes no share far above 100 percent, and rounds a little above it down', async () => {
    const answer = { cpuUtilization: 400, gpuUtilization: 100.2, gpuTemperature: 104 };
    const [snapshot] = await collecting([backend('a', async () => answer)]).collector.collectOnce();
    expect(snapshot).toMatchObject({ cpuUtilization: null, gpuUtilization: 100, gpuTemperature: 104 });
  });

  it('isolates backends that reject, throw, answer nothing or hang, and never quotes them', async () => {
    const secret = 'token=hunter2';
    const { clock, collector } = collecting([
      backend('rejects', async () => Promise.reject(new Error(secret))),
      backend('throws', () => {
        throw new TypeError(secret);
      }),
      backend('no-object', async () => secret as unknown as MetricsReading),
      backend('says-why', async () => Promise.reject(new BackendFailure('timeout', 'The host is away'))),
      backend('hangs', never),
      backend('works'),
    ]);
    const seen = watch(collector.collectOnce());
    await clock.advance(799);
    expect(seen.value).toBeUndefined();
    await clock.advance(1);
    const errors = seen.value?.map(({ backendId, error }) => [backendId, error]);
    expect(errors).toEqual([
      ['rejects', 'Failed'],
      ['throws', 'Failed'],
      ['no-object', 'Failed'],
      ['says-why', 'The host is away'],
      ['hangs', 'No answer in time'],
      ['works', undefined],
    ]);
    expect(seen.value?.[0]).toMatchObject(allUnknown);
    expect(seen.value?.at(-1)).toMatchObject({ queueDepth: 1 });
    expect(JSON.stringify(seen.value)).not.toContain('hunter2');
    expect(clock.timerCount).toBe(0);
  });

  it('asks everyone at the same time, each once', async () => {
    let atOnce = 0;
    const slow = (id: string) =>
      backend(id, async () => {
        atOnce += 1;
        await Promise.resolve();
        return { queueDepth: atOnce };
      });
    const backends = [slow('a'), slow('b'), slow('a')];
    const snapshots = await collecting(backends).collector.collectOnce();
    expect(snapshots.map(({ backendId, queueDepth }) => [backendId, queueDepth])).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
    expect(backends.map(({ asked }) => asked.length)).toEqual([1, 1, 0]);
  });

  it('keeps the deadline within 0.8 of the interval, and tells those that hang', async () => {
    const hanging = backend('a', never);
    const { clock, collector } = collecting([hanging], { intervalMs: 500, deadlineMs: 5000 });
    const seen = watch(collector.collectOnce());
    await clock.advance(399);
    expect([seen.value, hanging.asked[0]?.aborted]).toEqual([undefined, false]);
    await clock.advance(1);
    expect([seen.value?.[0]?.error, hanging.asked[0]?.aborted]).toEqual(['No answer in time', true]);
  });

  it('calls an answer to its own abort no answer', async () => {
    const obedient = backend(
      'a',
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new BackendFailure('timeout', 'Stopped'))),
        ),
    );
    const { clock, collector } = collecting([obedient]);
    const seen = watch(collector.collectOnce());
    await clock.advance(800);
    expect(seen.value?.[0]?.error).toBe('No answer in time');
  });

  it('does not ask a backend again whose last call still runs, and drops its late answer', async () => {
    let answer: (reading: Partial<MetricsReading>) => void = () => undefined;
    const slow = backend('slow', () => new Promise((resolve) => (answer = resolve)));
    const { clock, collector } = collecting([slow, backend('works')]);
    void collector.collectOnce();
    await clock.advance(800);
    const [again, works] = await collector.collectOnce();
    expect([slow.asked.length, again?.error, works?.queueDepth]).toEqual([1, 'No answer in time', 1]);
    answer({ queueDepth: 99 });
    await clock.advance(0);
    expect(collector.latest()[0]).toMatchObject({ queueDepth: null, error: 'No answer in time' });
    const third = watch(collector.collectOnce());
    await clock.advance(0);
    expect(slow.asked.length).toBe(2);
    answer({ queueDepth: 3 });
    await clock.advance(0);
    expect(third.value?.[0]?.queueDepth).toBe(3);
  });

  it('shares one reading between calls that overlap, and gives each its own id over time', async () => {
    const one = backend('a');
    const { collector } = collecting([one]);
    const [first, second] = await Promise.all([collector.collectOnce(), collector.collectOnce()]);
    expect([first === second, one.asked.length]).toEqual([true, 1]);
    const [third] = await collector.collectOnce();
    expect(third?.id).not.toBe(first?.[0]?.id);
  });

  it('ends for a caller that leaves, tells the backends when the last has left, and keeps nothing', async () => {
    const hanging = backend('a', never);
    const { clock, collector } = collecting([hanging]);
    const [one, other] = [new AbortController(), new AbortController()];
    const seen = [one, other].map(({ signal }) => watch(collector.collectOnce(signal)));
    one.abort(new Error('left'));
    expect(hanging.asked[0]?.aborted).toBe(false);
    other.abort(new Error('left, too'));
    expect(hanging.asked[0]?.aborted).toBe(true);
    await clock.advance(800);
    expect(seen.map(({ error }) => String(error))).toEqual(['Error: left', 'Error: left, too']);
    expect([collector.latest(), collector.window(900), clock.timerCount]).toEqual([[], [], 0]);
    await expect(collector.collectOnce(one.signal)).rejects.toThrow('left');
  });

  it.each([{ intervalMs: 0 }, { deadlineMs: Number.NaN }, { windowMs: Number.POSITIVE_INFINITY }])(
    'refuses %j',
    (options) => {
      expect(() => collecting([], options)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );
});

describe('the loop of a MetricsCollector', () => {
  it('collects each interval, once however often it was started, and tells what it has', async () => {
    const one = backend('a');
    const { clock, heard, collector } = collecting([one]);
    collector.start();
    collector.start();
    await clock.advance(3500);
    expect([heard, one.asked.length]).toEqual([['a', 'a', 'a'], 3]);
    await collector.stop();
    await collector.stop();
    await clock.advance(5000);
    expect([heard.length, clock.timerCount]).toEqual([3, 0]);
    collector.start();
    await clock.advance(1000);
    expect(heard.length).toBe(4);
    await collector.stop();
  });

  it('F54 follows a blocked event loop with one reading, not with a burst', async () => {
    const one = backend('a');
    const { clock, collector } = collecting([one]);
    collector.start();
    await clock.advance(2000);
    clock.block(30_400);
    await clock.advance(0);
    expect(one.asked.length).toBe(3);
    await collector.stop();
  });

  it('F53 F54 keeps its pace and the order of readings when the time of day jumps', async () => {
    let depth = 0;
    const { clock, collector } = collecting([backend('a', async () => ({ queueDepth: ++depth }))]);
    collector.start();
    await clock.advance(2500);
    clock.jumpWallTime(-3_600_000);
    await clock.advance(2000);
    clock.jumpWallTime(7_200_000);
    await clock.advance(2000);
    const [window] = collector.window(900);
    expect(window?.values.queueDepth).toEqual([1, 2, 3, 4, 5, 6]);
    const start = Date.UTC(2026, 0, 1);
    expect(window?.atMs.map((at) => (at - start) / 1000)).toEqual([1, 2, -3597, -3596, 3605, 3606]);
    expect(collector.latest()[0]?.at).toBe('2026-01-01T01:00:06.000Z');
    await collector.stop();
  });

  it('aborts what is in flight on stop, waits for its end, and tells nothing of it', async () => {
    let ended = false;
    const { clock, heard, collector } = collecting([
      backend('a', async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 50));
        ended = true;
        return {};
      }),
    ]);
    collector.start();
    await clock.advance(1100);
    const stopped = watch(collector.stop().then(() => ended));
    await clock.advance(49);
    expect(stopped.value).toBeUndefined();
    await clock.advance(1);
    expect([stopped.value, heard, clock.timerCount]).toEqual([true, [], 0]);
  });

  it('tells nothing after stop, also when someone else still waits for the reading', async () => {
    let answer: (reading: Partial<MetricsReading>) => void = () => undefined;
    const slow = backend('a', () => new Promise((resolve) => (answer = resolve)));
    const { clock, heard, collector } = collecting([slow]);
    collector.start();
    await clock.advance(1000);
    const other = watch(collector.collectOnce());
    const stopped = watch(collector.stop().then(() => true));
    answer({ queueDepth: 7 });
    await clock.advance(0);
    expect([slow.asked.length, stopped.value, other.value?.[0]?.queueDepth, heard]).toEqual([1, true, 7, []]);
  });

  it('ends within the deadline on stop, even when a backend heeds nothing', async () => {
    const { clock, collector } = collecting([backend('a', never)]);
    collector.start();
    await clock.advance(1000);
    const stopped = watch(collector.stop().then(() => true));
    await clock.advance(800);
    expect([stopped.value, clock.timerCount]).toEqual([true, 0]);
  });

  it('outlives a list that throws and a listener that throws', async () => {
    let isBroken = true;
    const one = backend('a');
    const list = () => {
      if (isBroken) throw new Error('no list');
      return [one];
    };
    const { clock, collector } = collecting(list, {
      onCollected: () => {
        throw new Error('no listener');
      },
    });
    collector.start();
    await clock.advance(2000);
    await expect(collector.collectOnce()).rejects.toThrow('no list');
    isBroken = false;
    await clock.advance(2000);
    expect([one.asked.length, collector.latest()[0]?.queueDepth]).toEqual([2, 1]);
    await collector.stop();
  });

  it('keeps a pace of its own beside a backend that hangs for good', async () => {
    const { clock, heard, collector } = collecting([backend('hangs', never), backend('works')]);
    collector.start();
    await clock.advance(10_000);
    expect(heard.length).toBe(10);
    expect(collector.window(900)[1]?.values.queueDepth).toEqual(Array(10).fill(1));
    await collector.stop();
  });
});
