import { type Endpoint, endpointConditions } from '@corral/core';
import { simulatedEndpoint } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { EndpointRemoveEvent } from '../events/endpoint-events.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { EndpointList } from './endpoint-list.js';

const endpoint = (facts: Partial<Endpoint> = {}): Endpoint =>
  simulatedEndpoint({ id: 'e', name: 'box:8080', status: 'unhealthy', condition: 'refused', ...facts });
const model = { name: 'm', state: null, sizeBytes: null, vramBytes: null };

async function listOf(...endpoints: Endpoint[]): Promise<EndpointList> {
  const element = await fixture<EndpointList>(html`<endpoint-list .endpoints=${endpoints}></endpoint-list>`);
  await drawn();
  return element;
}

describe('<endpoint-list>', () => {
  keepConsoleQuiet();

  it('shows nothing when there is nothing', async () => {
    expect((await listOf()).shadowRoot?.querySelectorAll('ul').length).to.equal(0);
  });

  it('says every condition in words of its own', async () => {
    const element = await listOf(
      ...[...endpointConditions, null].map((condition, i) =>
        endpoint({ id: String(i), condition, models: [model] }),
      ),
      endpoint({ id: 'bare', condition: 'ok' }),
    );
    const texts = [...(element.shadowRoot?.querySelectorAll('.condition') ?? [])].map(
      (one) => one.textContent,
    );
    expect(new Set(texts).size).to.equal(endpointConditions.length + 2);
    for (const text of texts) expect(text).not.to.match(/_|undefined/);
  });

  it('lets go of a server after a question', async () => {
    const element = await listOf(endpoint(), endpoint({ id: 'other', name: 'other' }));
    const heard: string[] = [];
    element.addEventListener('endpoint-remove', (event: EndpointRemoveEvent) => {
      heard.push(event.endpointId);
      event.respondWith(Promise.reject(new Error('It is gone already')));
    });
    const button = (): HTMLButtonElement => inside(element, '.detach-1');
    button().click();
    await drawn();
    expect(element.shadowRoot?.activeElement?.className).to.equal('cancel');
    await sendKeys({ press: 'Escape' });
    await drawn();
    expect(element.shadowRoot?.activeElement === button()).to.equal(true);
    expect(heard).to.deep.equal([]);
    button().click();
    await drawn();
    inside<HTMLButtonElement>(element, '.confirm .danger').click();
    await drawn();
    expect(heard).to.deep.equal(['other']);
    expect(textOf(element, '[role=alert]')).to.equal('It is gone already');
  });

  it('shows hostile names as text', async () => {
    const element = await listOf(endpoint());
    const before = allElements(element.shadowRoot as ShadowRoot).length;
    for (const text of hostileTexts) {
      element.endpoints = [endpoint({ id: text, name: text })];
      await element.updateComplete;
      expect(inside(element, 'b').textContent).to.equal(text);
      expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(before);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const element = await listOf(endpoint());
    const parent = element.parentElement as HTMLElement;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      parent.append(element);
    }
    await drawn();
    expect(allElements(document).length).to.equal(elements);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const list = [endpoint(), endpoint({ id: 'o', name: 'other', condition: 'ok', status: 'healthy' })];
      const page = await themedFixture(theme, html`<endpoint-list .endpoints=${list}></endpoint-list>`);
      inside<HTMLButtonElement>(page.querySelector('endpoint-list') as Element, '.detach-0').click();
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});
