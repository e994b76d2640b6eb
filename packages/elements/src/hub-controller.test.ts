import type { HubFace } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { LitElement } from 'lit';
import './corral-provider/define.js';
import type { CorralProvider } from './corral-provider/corral-provider.js';
import { hubContext } from './hub-context.js';
import { HubController } from './hub-controller.js';
import { drawn } from './testing/frames.fixture.js';
import { keepConsoleQuiet } from './testing/quiet-console.fixture.js';

class HubReader extends LitElement {
  readonly hubs: (HubFace | undefined)[] = [];
  samples = 0;
  readonly hub = new HubController(this, {
    subscribe: (hub) => [
      hub.subscribe('models:sampled', () => {
        this.samples += 1;
      }),
      hub.subscribe('models:scanned', () => {}),
    ],
    hubChanged: () => this.hubs.push(this.hub.hub),
  });
}
customElements.define('hub-reader', HubReader);

/** What an element asks its surroundings with; any provider of the community protocol may answer. */
interface ContextRequest extends Event {
  readonly context: unknown;
  readonly callback: (value: unknown, unsubscribe?: () => void) => void;
}

describe('HubController', () => {
  keepConsoleQuiet();

  const within = async (hub?: HubFace): Promise<{ provider: CorralProvider; reader: HubReader }> => {
    const provider = await fixture<CorralProvider>(
      html`<corral-provider .hub=${hub}><hub-reader></hub-reader></corral-provider>`,
    );
    return { provider, reader: provider.querySelector('hub-reader') as HubReader };
  };

  it('has no hub without a provider', async () => {
    const reader = await fixture<HubReader>(html`<hub-reader></hub-reader>`);
    expect(reader.hub.hub === undefined).to.equal(true);
    expect(reader.hubs.length).to.equal(0);
  });

  it('subscribes while it is in the page, and leaves nothing when it is out', async () => {
    const hub = new SimulatedHub();
    const { reader } = await within(hub);
    expect(hub.listenerCount).to.equal(2);
    hub.sample({});
    expect(reader.samples).to.equal(1);
    reader.remove();
    expect(hub.listenerCount).to.equal(0);
    expect(reader.hub.hub === undefined).to.equal(true);
    hub.sample({});
    expect(reader.samples).to.equal(1);
  });

  it('takes its subscriptions along to another hub', async () => {
    const [one, other] = [new SimulatedHub(), new SimulatedHub()];
    const { provider, reader } = await within(one);
    provider.hub = other;
    await drawn();
    expect([one.listenerCount, other.listenerCount]).to.deep.equal([0, 2]);
    expect(reader.hub.hub === other).to.equal(true);
    expect(reader.hubs.length).to.equal(2);
  });

  it('stays put when it hears of the hub it has already', async () => {
    const hub = new SimulatedHub();
    const { reader, provider } = await within(hub);
    provider.hub = undefined;
    provider.hub = hub;
    await drawn();
    expect(reader.hubs.length).to.equal(1);
    expect(hub.listenerCount).to.equal(2);
  });

  it('takes a hub from any provider that speaks the protocol', async () => {
    const hub = new SimulatedHub();
    const page = await fixture<HTMLElement>(html`<div></div>`);
    page.addEventListener('context-request', (event) => {
      const request = event as ContextRequest;
      if (request.context !== hubContext) return;
      event.stopPropagation();
      request.callback(hub);
    });
    const reader = new HubReader();
    page.append(reader);
    expect(reader.hub.hub === hub).to.equal(true);
    reader.remove();
    expect(hub.listenerCount).to.equal(0);
  });

  it('lets go of a provider that keeps answering after it left', async () => {
    const hub = new SimulatedHub();
    const page = await fixture<HTMLElement>(html`<div></div>`);
    let callback: ContextRequest['callback'] = () => {};
    let left = 0;
    const leave = (): void => void (left += 1);
    page.addEventListener('context-request', (event) => {
      callback = (event as ContextRequest).callback;
      callback(hub, leave);
    });
    const reader = new HubReader();
    page.append(reader);
    reader.remove();
    expect(left).to.equal(1);
    callback(hub, leave);
    expect(hub.listenerCount).to.equal(0);
    expect(reader.hub.hub === undefined).to.equal(true);
  });

  it('goes through 1,000 connections, moves and hubs without a leak', async () => {
    const hubs = [new SimulatedHub(), new SimulatedHub()] as const;
    const { provider, reader } = await within(hubs[0]);
    const parent = provider.parentElement as HTMLElement;
    for (let i = 0; i < 1000; i++) {
      if (i % 3 === 0) parent.append(reader);
      if (i % 3 === 1) provider.append(reader);
      if (i % 3 === 2) reader.remove();
      if (i % 100 === 0) {
        provider.hub = hubs[i % 200 === 0 ? 1 : 0];
        await provider.updateComplete;
      }
    }
    provider.append(reader);
    await drawn();
    expect(hubs[0].listenerCount + hubs[1].listenerCount).to.equal(2);
    reader.remove();
    expect(hubs[0].listenerCount + hubs[1].listenerCount).to.equal(0);
  });
});
