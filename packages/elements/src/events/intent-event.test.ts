import { expect } from '@open-wc/testing';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { IntentEvent } from './intent-event.js';
import { ModelRestartEvent, ModelStartEvent, ModelStopEvent } from './model-events.js';

describe('IntentEvent', () => {
  keepConsoleQuiet();

  it('bubbles out of shadow roots, up to the window', () => {
    const host = document.createElement('div');
    const inner = host.attachShadow({ mode: 'open' }).appendChild(document.createElement('button'));
    document.body.append(host);
    const heard: Event[] = [];
    const hear = (event: Event): void => void heard.push(event);
    globalThis.addEventListener('wish', hear);
    const event = new IntentEvent('wish');
    inner.dispatchEvent(event);
    globalThis.removeEventListener('wish', hear);
    host.remove();
    expect(heard.length).to.equal(1);
    expect(heard[0] === event).to.equal(true);
  });

  it('has no response until someone takes it', async () => {
    const event = new IntentEvent('wish');
    expect(event.response).to.equal(undefined);
    event.respondWith(Promise.resolve('done'));
    expect(await event.response).to.equal('done');
  });

  it('refuses a second answer and keeps the first', async () => {
    const event = new IntentEvent('wish');
    event.respondWith(Promise.resolve('first'));
    expect(() => event.respondWith(Promise.resolve('second')))
      .to.throw(DOMException)
      .with.property('name', 'InvalidStateError');
    expect(await event.response).to.equal('first');
  });

  for (const [Class, type] of [
    [ModelStartEvent, 'model-start'],
    [ModelStopEvent, 'model-stop'],
    [ModelRestartEvent, 'model-restart'],
  ] as const) {
    it(`names the model in ${type}`, () => {
      const event = new Class('some-model');
      expect(event).to.be.instanceOf(IntentEvent);
      expect([event.type, event.modelId]).to.deep.equal([type, 'some-model']);
    });
  }
});
