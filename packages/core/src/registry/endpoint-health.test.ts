import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndpointCondition, endpointConditions } from './endpoint.js';
import { EndpointHealth, outcomeOf } from './endpoint-health.js';

/** The statuses after each of these conditions. */
function statuses(...conditions: readonly EndpointCondition[]): string[] {
  const health = new EndpointHealth();
  return conditions.map((condition) => {
    health.record(condition);
    return health.status;
  });
}

/** Milliseconds of each pause after these conditions. */
function pauses(...conditions: readonly EndpointCondition[]): (number | null)[] {
  const health = new EndpointHealth();
  return conditions.map((condition) => {
    health.record(condition);
    return health.pauseMs;
  });
}

describe('EndpointHealth', () => {
  it('is unknown at first, healthy after two good checks, unhealthy after three bad ones', () => {
    expect(new EndpointHealth()).toMatchObject({ status: 'unknown', condition: null, pauseMs: null });
    expect(
      statuses('ok', 'ok', 'refused', 'reset', 'ok', 'timeout', 'refused', 'refused', 'ok', 'ok'),
    ).toEqual([
      ...['unknown', 'healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'healthy'],
      ...['unhealthy', 'unhealthy', 'healthy'],
    ]);
  });

  it.each(['loading', 'auth_required', 'rate_limited'] as const)(
    'F43 F44 F45 is unknown while it answers `%s`, which counts neither for nor against it',
    (neutral) => {
      expect(statuses('ok', 'ok', neutral, 'ok', 'ok')).toEqual([
        ...['unknown', 'healthy', 'unknown', 'unknown', 'healthy'],
      ]);
      expect(statuses('refused', 'refused', neutral, 'refused')).toEqual([
        ...['unknown', 'unknown', 'unknown', 'unhealthy'],
      ]);
      expect(statuses(...Array<EndpointCondition>(50).fill(neutral))).not.toContain('unhealthy');
    },
  );

  it('F28 learns nothing from a fault of our own', () => {
    const conditions = ['refused', 'refused', 'local_resource', 'local_resource'] as const;
    expect(statuses(...conditions)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    const health = new EndpointHealth();
    for (const condition of conditions) health.record(condition);
    expect(health.condition).toBe('refused');
  });

  it('F29 backs off once it is down: 1, 2, 4, 8, 15, 30 s; a good check ends that', () => {
    const down = Array<EndpointCondition>(9).fill('refused');
    expect(pauses(...down, 'ok', 'refused')).toEqual([
      ...[null, null, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000],
      ...[null, null],
    ]);
  });

  it('F44 F45 waits 30 s where it wants a key or fewer requests, and not at all for one that is loading', () => {
    expect(pauses('auth_required', 'rate_limited', 'loading', 'ok')).toEqual([30_000, 30_000, null, null]);
    expect(pauses('refused', 'refused', 'refused', 'loading')).toEqual([null, null, 1000, null]);
  });

  it('P-4 is never healthy without two good checks in a row, nor unhealthy without three bad ones', () => {
    const anything = fc.array(fc.constantFrom(...endpointConditions, 'ok', 'ok', 'refused'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(anything, (conditions) => {
        const health = new EndpointHealth();
        const told: string[] = [];
        for (const condition of conditions) {
          const before = health.status;
          health.record(condition);
          const outcome = outcomeOf(condition);
          if (outcome !== 'void') told.push(outcome);
          const { status } = health;
          const hits = told.slice(-2).join() === 'good,good';
          const misses =
            told
              .filter((one) => one !== 'neutral')
              .slice(-3)
              .join() === 'bad,bad,bad';
          const expected = expectedStatus({ outcome, before, hits, misses });
          if (status !== expected) expect.fail(`${status}, not ${expected}, after ${told.join()}`);
        }
      }),
      { numRuns: 100_000 },
    );
  }, 60_000);
});

/** The rule in other words: what settles it, or as it was. */
function expectedStatus(last: {
  readonly outcome: string;
  readonly before: string;
  readonly hits: boolean;
  readonly misses: boolean;
}): string {
  if (last.outcome === 'void') return last.before;
  if (last.outcome === 'neutral') return 'unknown';
  if (last.outcome === 'good') return last.hits ? 'healthy' : last.before;
  return last.misses ? 'unhealthy' : last.before;
}
