import type { AgentReport } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import { endpoint, model, report } from './agent-report.fixture.js';
import type { ReportAnswer } from './hub-client.js';
import { ReportPusher, type ReportPusherOptions } from './report-pusher.js';

const answer = (status: number, facts: Partial<ReportAnswer> = {}): ReportAnswer => ({
  status,
  code: null,
  retryAfterMs: null,
  lastSeq: null,
  ...facts,
});
const taken = answer(204);
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('No answer in time'))));

/** A pusher against a hub that answers as `hub` says; jitter is in the middle, so delays are exact. */
function make(
  hub: (report: AgentReport, signal: AbortSignal) => Promise<ReportAnswer>,
  options: Partial<ReportPusherOptions> = {},
) {
  const clock = new SimulatedClock();
  const sent: { readonly atMs: number; readonly seq: number; readonly token: string }[] = [];
  const log: string[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const pusher = new ReportPusher({
    send: async (said, token, signal) => {
      sent.push({ atMs: clock.now(), seq: said.seq, token });
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      return hub(said, signal).finally(() => atOnce--);
    },
    token: async () => 'secret-token',
    collect: async () => report(),
    intervalMs: 2000,
    clock,
    random: () => 0.5,
    logger: createLogger({ level: 'info', write: (line) => log.push(line) }),
    ...options,
  });
  pusher.start();
  return {
    clock,
    pusher,
    sent,
    log,
    times: () => sent.map(({ atMs }) => atMs),
    pauses: () => sent.slice(1).map(({ atMs }, i) => atMs - (sent[i]?.atMs ?? 0)),
    get mostAtOnce() {
      return mostAtOnce;
    },
  };
}

describe('a pusher whose hub takes its reports', () => {
  it('sends one at once and then one an interval, counted from the wall clock on', async () => {
    const { clock, sent, times, pusher, log } = make(async () => taken);
    await clock.advance(6000);
    expect(times()).toEqual([0, 2000, 4000, 6000]);
    const first = Date.UTC(2026, 0, 1) + 1;
    expect(sent.map(({ seq }) => seq)).toEqual([first, first + 1, first + 2, first + 3]);
    expect(log.length).toBe(1);
    await pusher.stop();
    expect(clock.timerCount).toBe(0);
  });

  it('counts the interval from the start of the last report, and never has two under way', async () => {
    const house = make(async () => {
      await new Promise<void>((resolve) => house.clock.setTimeout(resolve, 1500));
      return taken;
    });
    await house.clock.advance(8000);
    expect([house.times(), house.mostAtOnce]).toEqual([[0, 2000, 4000, 6000, 8000], 1]);
    await house.clock.advance(1500);
    await house.pusher.stop();
  });

  it('F53 F54 sends one report after a sleep of the machine, with a larger number, whatever the wall clock did', async () => {
    const { clock, sent, times, pusher } = make(async () => taken);
    await clock.advance(2000);
    clock.jumpWallTime(-3_600_000);
    clock.block(60_000);
    await clock.advance(0);
    expect(times()).toEqual([0, 2000, 62_000]);
    await clock.advance(2000);
    expect(sent.map(({ seq }, i) => seq - (sent[0]?.seq ?? 0) - i)).toEqual([0, 0, 0, 0]);
    await pusher.stop();
  });

  it('starts once and stops twice', async () => {
    const { clock, sent, pusher } = make(async () => taken);
    pusher.start();
    await clock.advance(1000);
    expect(sent.length).toBe(1);
    await Promise.all([pusher.stop(), pusher.stop()]);
    await clock.advance(60_000);
    expect([sent.length, clock.timerCount]).toEqual([1, 0]);
  });
});

describe('a pusher whose hub is away', () => {
  it('tries again after 1, 2, 4, 8, 16 and then every 30 s, tells it once, and goes on as before', async () => {
    let isAway = true;
    const { clock, pauses, pusher, log } = make(async () =>
      isAway ? Promise.reject(new Error('The connection was refused')) : taken,
    );
    await clock.advance(125_000);
    expect(pauses()).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(log.length).toBe(1);
    isAway = false;
    await clock.advance(32_000);
    expect(pauses().slice(8)).toEqual([30_000, 2000, 2000, 2000]);
    expect(log.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'a report did not arrive',
      'the hub takes reports',
    ]);
    isAway = true;
    await clock.advance(5000);
    expect(pauses().slice(12)).toEqual([2000, 1000, 2000]);
    await pusher.stop();
  });

  it.each([
    [0, 800],
    [0.999_999, 1200],
  ])('spreads its tries: at %d after %d ms', async (random, pauseMs) => {
    const { clock, pauses, pusher } = make(async () => Promise.reject(new Error('away')), {
      random: () => random,
    });
    await clock.advance(100_000);
    expect(Math.round(pauses()[0] ?? 0)).toBe(pauseMs);
    expect(Math.max(...pauses())).toBeLessThanOrEqual(30_000);
    await pusher.stop();
  });

  it('gives a report up after 5 s', async () => {
    const { clock, pauses, pusher } = make((_, signal) => never(signal));
    await clock.advance(6000);
    expect(pauses()).toEqual([6000]);
    await pusher.stop();
  });

  it('ends at once also while a report hangs, or the machine cannot be read', async () => {
    for (const house of [
      make((_, signal) => never(signal)),
      make(async () => taken, { collect: () => new Promise(() => {}) }),
    ]) {
      await house.clock.advance(100);
      await house.pusher.stop();
      expect(house.clock.timerCount).toBe(0);
    }
  });

  it('goes on when the machine cannot be read for longer than a report may take', async () => {
    let isStuck = true;
    const { clock, sent, pusher } = make(async () => taken, {
      collect: () => (isStuck ? new Promise(() => {}) : Promise.resolve(report())),
    });
    await clock.advance(5500);
    expect(sent).toEqual([]);
    isStuck = false;
    await clock.advance(500);
    expect(sent.length).toBe(1);
    await pusher.stop();
  });
});

describe('a pusher whose hub refuses', () => {
  it.each([
    [429, 7000, 7000],
    [503, 7000, 7000],
    [429, 600_000, 60_000],
    [503, 0, 1000],
    [503, null, 1000],
  ])('a %i with Retry-After %s ms waits %i ms', async (status, retryAfterMs, pauseMs) => {
    const { clock, pauses, pusher } = make(async () => answer(status, { retryAfterMs }));
    await clock.advance(61_000);
    expect(pauses()[0]).toBe(pauseMs);
    await pusher.stop();
  });

  it.each([301, 307, 404, 413, 422, 500])('backs off from %i', async (status) => {
    const { clock, pauses, pusher, log } = make(async () => answer(status));
    await clock.advance(15_000);
    expect(pauses()).toEqual([1000, 2000, 4000, 8000]);
    expect(log.length).toBe(1);
    await pusher.stop();
  });

  it.each([401, 403])(
    'F60 reads its token again after a %i, every 30 s, and tells it once',
    async (status) => {
      let token = 'old-secret-token';
      const { clock, sent, times, pusher, log } = make(
        async () =>
          sent.at(-1)?.token === 'new-secret-token' ? taken : answer(status, { code: 'unauthorized' }),
        { token: async () => token },
      );
      await clock.advance(70_000);
      expect(times()).toEqual([0, 30_000, 60_000]);
      expect(log.length).toBe(1);
      token = 'new-secret-token';
      await clock.advance(22_000);
      expect(times()).toEqual([0, 30_000, 60_000, 90_000, 92_000]);
      expect(sent.at(-1)?.token).toBe('new-secret-token');
      expect(log.join('\n')).not.toContain('secret');
      await pusher.stop();
    },
  );

  it('tries again when its token cannot be read', async () => {
    let isGone = true;
    const { clock, sent, pusher } = make(async () => taken, {
      token: async () => (isGone ? Promise.reject(new Error('No such file')) : 'secret-token'),
    });
    await clock.advance(500);
    isGone = false;
    await clock.advance(500);
    expect(sent.length).toBe(1);
    await pusher.stop();
  });

  it('I60 continues above the number that the hub has, at once and once', async () => {
    let lastSeq = Date.UTC(2027, 0, 1);
    const { clock, sent, times, pusher, log } = make(async ({ seq }) => {
      if (seq <= lastSeq) return answer(409, { code: 'replayed', lastSeq });
      lastSeq = seq;
      return taken;
    });
    await clock.advance(4000);
    expect(times()).toEqual([0, 0, 2000, 4000]);
    expect(sent[1]?.seq).toBe(Date.UTC(2027, 0, 1) + 1);
    lastSeq += 1000;
    await clock.advance(2000);
    expect(times().slice(4)).toEqual([6000, 6000]);
    expect(log.length).toBe(2);
    await pusher.stop();
  });

  it('I60 backs off from a hub that calls everything a replay', async () => {
    const { clock, times, pusher } = make(async ({ seq }) => answer(409, { code: 'replayed', lastSeq: seq }));
    await clock.advance(7000);
    expect(times()).toEqual([0, 0, 1000, 3000, 7000]);
    await pusher.stop();
  });

  it('does not follow a hub to the end of all numbers', async () => {
    const { clock, sent, pusher } = make(async () => answer(409, { lastSeq: Number.MAX_SAFE_INTEGER }));
    await clock.advance(10_000);
    expect(sent.every(({ seq }) => Number.isSafeInteger(seq))).toBe(true);
    await pusher.stop();
  });
});

it('tells once that its reports are cut', async () => {
  const models = Array.from({ length: 300 }, (_, i) => model(`m${i}`));
  const lengths: number[] = [];
  const { clock, pusher, log } = make(
    async ({ endpoints }) => {
      lengths.push(endpoints[0]?.models.length ?? 0);
      return taken;
    },
    { collect: async () => report({ endpoints: [endpoint({ models })] }) },
  );
  await clock.advance(6000);
  expect(lengths).toEqual([256, 256, 256, 256]);
  expect(log.filter((line) => line.includes('cut')).map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'warn', endpoints: 0, models: 44 },
  ]);
  await pusher.stop();
});
