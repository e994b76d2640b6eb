import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture } from '@open-wc/testing';
import { html } from 'lit';
import type { CorralProvider } from './corral-provider/corral-provider.js';
import { defineAll, ModelCard, ModelGrid, ModelSparkline, CorralProvider as Provider } from './index.js';
import { drawn, inside, textOf } from './testing/frames.fixture.js';
import { keepConsoleQuiet } from './testing/quiet-console.fixture.js';

const tags = [
  'corral-provider',
  'model-sparkline',
  'model-settings',
  'model-details',
  'model-card',
  'attach-server',
  'endpoint-list',
  'model-toolbar',
  'model-grid',
  'llm-registry-table',
  'metrics-panel',
  'metrics-chart',
  'budget-bar',
  'job-form',
  'job-list',
  'task-card',
  'log-stream',
  'job-view',
  'model-telemetry',
] as const;

describe('defineAll', () => {
  keepConsoleQuiet();

  it('is what registers: importing the classes does not', () => {
    for (const tag of tags) expect(customElements.get(tag) === undefined, tag).to.equal(true);
  });

  for (const prefix of ['acme-', 'other-']) {
    it(`registers every element under tags with ${prefix}, which find each other`, async () => {
      defineAll({ prefix });
      const hub = new SimulatedHub([simulatedModel({ modelId: 'a', state: 'ready' })]);
      const provider = document.createElement(`${prefix}corral-provider`) as CorralProvider;
      provider.hub = hub;
      provider.append(document.createElement(`${prefix}model-grid`));
      await fixture(html`<div>${provider}</div>`);
      hub.wave();
      await drawn();
      const card = inside(provider.firstElementChild as Element, `${prefix}model-card`);
      expect(textOf(card, 'h3')).to.equal('a.gguf');
      expect(textOf(inside(card, `${prefix}model-sparkline`), '.current')).to.match(/ t\/s$/);
      inside<HTMLButtonElement>(card, '.settings').click();
      await drawn();
      expect(inside(card, `${prefix}model-settings`).shadowRoot?.querySelectorAll('form').length).to.equal(1);
      const toolbar = inside(provider.firstElementChild as Element, `${prefix}model-toolbar`);
      inside<HTMLButtonElement>(toolbar, '.attach').click();
      await drawn();
      expect(inside(provider.firstElementChild as Element, `${prefix}attach-server`).isConnected).to.equal(
        true,
      );
      inside<HTMLButtonElement>(card, '.stop').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['stop a']);
    });
  }

  it('registers classes of its own', () => {
    for (const [tag, Class] of [
      ['corral-provider', Provider],
      ['model-sparkline', ModelSparkline],
      ['model-card', ModelCard],
      ['model-grid', ModelGrid],
    ] as const) {
      const registered = customElements.get(`acme-${tag}`) as CustomElementConstructor;
      expect(Object.getPrototypeOf(registered) === Class, tag).to.equal(true);
    }
  });

  it('refuses a prefix that is taken, and one that makes no legal tag', () => {
    expect(() => defineAll({ prefix: 'acme-' }))
      .to.throw(DOMException)
      .with.property('name', 'NotSupportedError');
    expect(() => defineAll({ prefix: 'Bad Prefix ' }))
      .to.throw(DOMException)
      .with.property('name', 'SyntaxError');
  });

  it('registers under the plain tags without a prefix, and leaves them to `define.js` after that', async () => {
    defineAll();
    await import('./define.js');
    for (const tag of tags) expect(customElements.get(tag) === undefined, tag).to.equal(false);
    expect(document.createElement('model-card')).to.be.instanceOf(ModelCard);
  });
});
