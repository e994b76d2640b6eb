import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { childSignal } from './child-signal.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('childSignal', () => {
  it('aborts with its parent, for the same reason', () => {
    const parent = new AbortController();
    const child = childSignal(parent.signal);
    expect(child.signal.aborted).toBe(false);
    parent.abort('over');
    expect([child.signal.aborted, child.signal.reason]).toEqual([true, 'over']);
  });

  it('is aborted from the start under an aborted parent', () => {
    const parent = new AbortController();
    parent.abort('over');
    const child = childSignal(parent.signal);
    expect([child.signal.aborted, child.signal.reason]).toEqual([true, 'over']);
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
  });

  it('aborts alone without its parent', () => {
    const parent = new AbortController();
    const child = childSignal(parent.signal);
    child.abort('enough');
    expect([child.signal.reason, parent.signal.aborted]).toEqual(['enough', false]);
    expect(childSignal().signal.aborted).toBe(false);
  });

  it('does not follow its parent after dispose', () => {
    const parent = new AbortController();
    const child = childSignal(parent.signal);
    child.dispose();
    parent.abort();
    expect(child.signal.aborted).toBe(false);
  });

  it('leaves no listener and under 1 MB on a parent that outlives 100,000 children', () => {
    const parent = new AbortController();
    const useOnce = (): void => {
      const child = childSignal(parent.signal);
      child.signal.addEventListener('abort', () => undefined, { once: true });
      child.dispose();
    };
    for (let i = 0; i < 5_000; i++) useOnce();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100_000; i++) useOnce();
    collectGarbage();
    collectGarbage();
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });
});
