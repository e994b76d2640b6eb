import { describe, expect, it } from 'vitest';
import { CallPlaces } from './call-places.js';
import type { CallTarget } from './call-target.js';

const target = (id: string, facts: Partial<CallTarget> = {}): CallTarget => ({
  id,
  name: id,
  provider: 'llama-server',
  baseUrl: `http://${id}`,
  apiKey: null,
  models: [{ name: 'tiny', state: 'ready' }],
  slots: 1,
  queueDepth: null,
  contextTokens: null,
  ...facts,
});

const never = new AbortController().signal;

/** Places at targets that a test may change. */
function placesAt(first: readonly CallTarget[]) {
  let targets = first;
  const listeners = new Set<() => void>();
  const onChanged = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const places = new CallPlaces({ list: () => targets, onChanged }, () => 0);
  const change = (next: readonly CallTarget[]): void => {
    targets = next;
    for (const listener of listeners) listener();
  };
  return { places, change, listeners };
}

describe('CallPlaces', () => {
  it('prefers what is loaded, then what may be, then what is not; never what is ending', async () => {
    const { places } = placesAt([
      target('unloaded', { models: [{ name: 'tiny', state: 'unloaded' }] }),
      target('stopping', { models: [{ name: 'tiny', state: 'stopping' }] }),
      target('unknown', { models: [{ name: 'tiny', state: null }] }),
      target('ready'),
    ]);
    const order = [];
    for (let turn = 0; turn < 3; turn++) order.push((await places.take('tiny', never)).target.id);
    expect(order).toEqual(['ready', 'unknown', 'unloaded']);
    expect(places.free('tiny')).toBe(0);
  });

  it('takes the least loaded first: its own calls and those that wait, for each place', async () => {
    const { places } = placesAt([
      target('long', { queueDepth: 3, slots: 2 }),
      target('large', { slots: 4 }),
      target('small'),
    ]);
    const order = [];
    for (let turn = 0; turn < 4; turn++) order.push((await places.take(null, never)).target.id);
    expect(order).toEqual(['large', 'small', 'large', 'large']);
  });

  it('finds a model by the names it goes by, and writes with none that cannot write', async () => {
    const models = [
      { name: 'nomic-embed-text:latest', state: 'ready' },
      { name: 'qwen:latest', state: 'unloaded' },
    ] as const;
    const { places } = placesAt([target('a', { models, slots: 9 })]);
    expect((await places.take(null, never)).model).toBe('qwen:latest');
    expect((await places.take('qwen', never)).model).toBe('qwen:latest');
    expect((await places.take('qwen.gguf', never)).model).toBe('qwen:latest');
    expect((await places.take('nomic-embed-text', never)).model).toBe('nomic-embed-text:latest');
    await expect(places.take('other', never)).rejects.toMatchObject({ code: 'no_backend', retryable: true });
  });

  it('serves those who wait in their order, and once there is a new server', async () => {
    const { places, change } = placesAt([target('a')]);
    const first = await places.take(null, never);
    const got: string[] = [];
    const waiting = ['second', 'third'].map(async (name) => {
      const place = await places.take(null, never);
      got.push(`${name} ${place.target.id}`);
    });
    await Promise.resolve();
    first.release();
    first.release();
    await Promise.resolve();
    await Promise.resolve();
    expect(got).toEqual(['second a']);
    change([target('a'), target('b')]);
    await Promise.all(waiting);
    expect(got).toEqual(['second a', 'third b']);
  });

  it('tells those who wait when the last server is gone', async () => {
    const { places, change } = placesAt([target('a')]);
    await places.take(null, never);
    const waiting = places.take(null, never);
    change([]);
    await expect(waiting).rejects.toMatchObject({ code: 'no_backend' });
    expect(places.free(null)).toBe(0);
  });

  it('takes what is to be avoided last, and leaves nothing behind', async () => {
    const { places, listeners } = placesAt([target('a', { slots: 2 }), target('b', { queueDepth: 9 })]);
    expect((await places.take(null, never, new Set(['a']))).target.id).toBe('b');
    expect((await places.take(null, never, new Set(['a']))).target.id).toBe('a');
    places.dispose();
    expect(listeners.size).toBe(0);
  });
});
