import { SimulatedClock } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import type { SaidBatch } from './messages.js';
import { TaskFeed } from './task-feed.js';

describe('TaskFeed', () => {
  it('gathers what is said within a moment, and the last of what is reported', async () => {
    const { clock, feed, sent } = opened();
    feed.log.info('one');
    feed.report({ iterations: 1, score: 0.1 });
    feed.log.error('two');
    feed.report({ score: 0.2 });
    await clock.advance(50);
    const lines = [
      ['info', 'one'],
      ['error', 'two'],
    ];
    expect(sent).toEqual([{ lines, progress: { iterations: 1, score: 0.2 } }]);
  });

  it('holds no more than it may while nothing can be sent, and says how much it left out', async () => {
    const { clock, feed, sent, block } = opened();
    const unblock = block();
    feed.log.info('first');
    await clock.advance(50);
    for (let i = 0; i < 1500; i++) feed.log.info(`${i}`);
    await clock.advance(5000);
    expect(sent).toHaveLength(0);
    unblock();
    await clock.advance(50);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.lines).toHaveLength(1001);
    expect(sent[1]?.lines.at(-1)).toEqual(['warn', '500 lines were left out']);
  });

  it('cuts lines, and waits until all is sent', async () => {
    const { clock, feed, sent } = opened();
    feed.log.debug('x'.repeat(10_000));
    let isDrained = false;
    const drained = feed.drain().then(() => {
      isDrained = true;
    });
    await clock.advance(49);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    await drained;
    expect(sent[0]?.lines[0]?.[1]).toHaveLength(8192);
  });

  it('goes on when something could not be sent', async () => {
    const { clock, feed, sent, fail } = opened();
    fail();
    feed.log.info('lost');
    await clock.advance(50);
    feed.log.info('told');
    await clock.advance(50);
    await feed.drain();
    expect(sent.map(({ lines }) => lines)).toEqual([[['info', 'told']]]);
  });
});

function opened() {
  const clock = new SimulatedClock();
  const sent: SaidBatch[] = [];
  let way: Promise<unknown> = Promise.resolve();
  const feed = new TaskFeed(clock, (batch) => {
    const blocked = way;
    way = Promise.resolve();
    return blocked.then(() => sent.push(batch));
  });
  const block = (): (() => void) => {
    let free: (value?: unknown) => void = () => {};
    way = new Promise((resolve) => {
      free = resolve;
    });
    return free;
  };
  const fail = (): void => {
    way = Promise.reject(new Error('No connection'));
    way.catch(() => {});
  };
  return { clock, feed, sent, block, fail };
}
