import { expect } from '@open-wc/testing';
import { FrameScheduler } from './frame-scheduler.js';
import { drawn } from './testing/frames.fixture.js';
import { keepConsoleQuiet, uncaughtDuring } from './testing/quiet-console.fixture.js';

describe('FrameScheduler', () => {
  keepConsoleQuiet();

  const counter = () => {
    const drawable = { draws: 0, draw: () => void (drawable.draws += 1) };
    return drawable;
  };

  it('draws once in the next frame, however often it was asked', async () => {
    const scheduler = new FrameScheduler();
    const drawable = counter();
    for (let i = 0; i < 100; i++) scheduler.schedule(drawable);
    expect(drawable.draws).to.equal(0);
    await drawn();
    expect(drawable.draws).to.equal(1);
  });

  it('draws everything that waits in one frame, in the order of asking', async () => {
    const scheduler = new FrameScheduler();
    const order: string[] = [];
    const times: number[] = [];
    for (const name of ['first', 'second', 'third']) {
      scheduler.schedule({
        draw: () => {
          order.push(name);
          times.push(document.timeline.currentTime as number);
        },
      });
    }
    await drawn();
    expect(order).to.deep.equal(['first', 'second', 'third']);
    expect(new Set(times).size).to.equal(1);
  });

  it('asks for one frame only, and for none once everything is cancelled', async () => {
    const original = { request: globalThis.requestAnimationFrame, cancel: globalThis.cancelAnimationFrame };
    const asked: number[] = [];
    const cancelled: number[] = [];
    globalThis.requestAnimationFrame = () => asked.push(asked.length + 1);
    globalThis.cancelAnimationFrame = (id) => void cancelled.push(id);
    try {
      const scheduler = new FrameScheduler();
      const [one, other] = [counter(), counter()];
      scheduler.schedule(one);
      scheduler.schedule(other);
      expect(asked).to.have.length(1);
      scheduler.cancel(one);
      expect(cancelled).to.have.length(0);
      scheduler.cancel(other);
      expect(cancelled).to.deep.equal([1]);
      scheduler.schedule(one);
      expect(asked).to.have.length(2);
    } finally {
      globalThis.requestAnimationFrame = original.request;
      globalThis.cancelAnimationFrame = original.cancel;
    }
  });

  it('leaves out what was cancelled and keeps its neighbours', async () => {
    const scheduler = new FrameScheduler();
    const [kept, gone] = [counter(), counter()];
    scheduler.schedule(gone);
    scheduler.schedule(kept);
    scheduler.cancel(gone);
    scheduler.cancel(gone);
    await drawn();
    expect([kept.draws, gone.draws]).to.deep.equal([1, 0]);
  });

  it('puts what asks again while drawing into the frame after', async () => {
    const scheduler = new FrameScheduler();
    const times: number[] = [];
    const drawable = {
      draw: () => {
        times.push(document.timeline.currentTime as number);
        if (times.length < 3) scheduler.schedule(drawable);
      },
    };
    scheduler.schedule(drawable);
    await drawn(5);
    expect(new Set(times).size).to.equal(3);
  });

  it('draws the others when one throws', async () => {
    const scheduler = new FrameScheduler();
    const after = counter();
    const thrown = await uncaughtDuring(async () => {
      scheduler.schedule({
        draw: () => {
          throw new Error('broken drawable');
        },
      });
      scheduler.schedule(after);
      await drawn();
    });
    expect(after.draws).to.equal(1);
    expect(thrown).to.have.length(1);
  });
});
