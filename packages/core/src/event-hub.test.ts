import { describe, expect, it } from 'vitest';
import { EventHub } from './event-hub.js';

interface Events {
  'door:opened': { readonly by: string };
  'door:closed': { readonly by: string };
}

describe('EventHub', () => {
  it('calls listeners in the order of their subscription, those of any event last', () => {
    const hub = new EventHub<Events>();
    const heard: string[] = [];
    hub.subscribeAny((name) => heard.push(`any ${name}`));
    hub.subscribe('door:opened', ({ by }) => heard.push(`first ${by}`));
    hub.subscribe('door:opened', ({ by }) => heard.push(`second ${by}`));
    hub.emit('door:opened', { by: 'Ada' });
    expect(heard).toEqual(['first Ada', 'second Ada', 'any door:opened']);
  });

  it('hands what a listener throws to onListenerError and lets the others hear the event', () => {
    const errors: unknown[] = [];
    const hub = new EventHub<Events>((error, name) => errors.push([name, (error as Error).message]));
    const heard: string[] = [];
    hub.subscribe('door:opened', () => {
      throw new Error('named');
    });
    hub.subscribeAny(() => {
      throw new Error('any');
    });
    hub.subscribe('door:opened', () => heard.push('sibling'));
    hub.subscribeAny(() => heard.push('any sibling'));
    hub.emit('door:opened', { by: 'Ada' });
    expect(heard).toEqual(['sibling', 'any sibling']);
    expect(errors).toEqual([
      ['door:opened', 'named'],
      ['door:opened', 'any'],
    ]);
  });

  it('survives a throwing listener without onListenerError', () => {
    const hub = new EventHub<Events>();
    hub.subscribe('door:opened', () => {
      throw new Error('nobody hears this');
    });
    expect(() => hub.emit('door:opened', { by: 'Ada' })).not.toThrow();
  });

  it('announces an event to those subscribed at this moment, whatever listeners add or undo meanwhile', () => {
    const hub = new EventHub<Events>();
    const heard: string[] = [];
    hub.subscribe('door:opened', () => {
      heard.push('first');
      undoSecond();
      hub.subscribe('door:opened', () => heard.push('late'));
    });
    const undoSecond = hub.subscribe('door:opened', () => heard.push('second'));
    hub.emit('door:opened', { by: 'Ada' });
    expect(heard).toEqual(['first', 'second']);
    heard.length = 0;
    hub.emit('door:opened', { by: 'Ada' });
    expect(heard).toEqual(['first', 'late']);
  });

  it('tells every listener of events in one order, also when a listener causes the next one', () => {
    const hub = new EventHub<Events>();
    const heard: string[] = [];
    hub.subscribe('door:opened', ({ by }) => hub.emit('door:closed', { by }));
    hub.subscribe('door:opened', () => heard.push('opened'));
    hub.subscribe('door:closed', () => heard.push('closed'));
    const any: string[] = [];
    hub.subscribeAny((name) => any.push(name));
    hub.emit('door:opened', { by: 'Ada' });
    expect(heard).toEqual(['opened', 'closed']);
    expect(any).toEqual(['door:opened', 'door:closed']);
  });

  it('undoes one subscription, once, and leaves its twins', () => {
    const hub = new EventHub<Events>();
    let calls = 0;
    const listener = (): void => void (calls += 1);
    const undo = hub.subscribe('door:opened', listener);
    hub.subscribe('door:opened', listener);
    undo();
    undo();
    hub.emit('door:opened', { by: 'Ada' });
    expect([calls, hub.listenerCount]).toEqual([1, 1]);
  });

  it('counts subscriptions of all names and has none after dispose', () => {
    const hub = new EventHub<Events>();
    hub.subscribe('door:opened', () => undefined);
    hub.subscribe('door:closed', () => undefined);
    const undo = hub.subscribeAny(() => undefined);
    expect(hub.listenerCount).toBe(3);
    undo();
    expect(hub.listenerCount).toBe(2);
    hub.dispose();
    expect(hub.listenerCount).toBe(0);
  });
});
