import { limits } from '@corral/core';
import { describe, expect, it } from 'vitest';
import { queueSetup } from './queue-options.js';

const connection = 'redis://127.0.0.1:6379';

describe('queueSetup', () => {
  it('F78 finds a lost worker, and begins its task again, within 15 s', () => {
    const { lockMs, stalledMs, renewMs, beatMs } = queueSetup({ connection });
    // The lock was just renewed; one search was just before it ran out, another was kept off by a third.
    const foundMs = lockMs + 2 * stalledMs;
    // The runner waits for its first pause, a fifth more or less.
    expect(foundMs + 1.2 * limits.taskRetryMs.first).toBeLessThan(15_000);
    // A renewal, or a sign of life, may fail once.
    expect(2 * renewMs).toBeLessThan(lockMs);
    expect(2 * beatMs).toBeLessThan(lockMs / 2);
  });

  it.each([
    [{ lockDurationMs: 499 }, 'lockDurationMs'],
    [{ lockDurationMs: Number.NaN }, 'lockDurationMs'],
    [{ lockDurationMs: Infinity }, 'lockDurationMs'],
    [{ queueName: 'a:b' }, 'queueName'],
    [{ queueName: '' }, 'queueName'],
    [{ prefix: 'a b' }, 'prefix'],
  ])('refuses %j', (options, name) => {
    const refused = { name: 'QueueError', code: 'invalid_option', retryable: false };
    expect(() => queueSetup({ connection, ...options })).toThrow(
      expect.objectContaining({ ...refused, message: expect.stringContaining(`\`${name}\``) }),
    );
  });
});
