import { CorralError } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { IntentEvent } from '../events/intent-event.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import {
  defaults,
  form,
  input,
  isOff,
  modelWith,
  note,
  save,
  type,
  wishes,
} from '../testing/settings.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import type { ModelSettingsForm } from './model-settings.js';
import '../corral-provider/define.js';

describe('<model-settings>', () => {
  keepConsoleQuiet();

  describe('what it shows', () => {
    it('shows defaults as placeholders, and what is set for the model as values', async () => {
      const element = await form({ overrides: { ctxSize: 16_384, extraFlags: ['--flash-attn', 'on'] } });
      expect([input(element, 'nThreads').value, input(element, 'nThreads').placeholder]).to.deep.equal([
        '',
        '6',
      ]);
      expect([input(element, 'ctxSize').value, input(element, 'ctxSize').placeholder]).to.deep.equal([
        '16384',
        '8192',
      ]);
      expect(input(element, 'extraFlags').value).to.equal('--flash-attn on');
      expect(note(element, 'nThreads')).to.equal('default');
      expect(note(element, 'ctxSize')).to.equal('set for this model');
      const shown = [...(element.shadowRoot?.querySelectorAll<HTMLElement>('.reset') ?? [])].filter(
        (b) => !b.hidden,
      );
      expect(shown.map((button) => button.getAttribute('aria-label'))).to.deep.equal([
        'Reset Context size to the default',
        'Reset Extra flags to the default',
      ]);
    });

    it('says what a default of 0 stands for', async () => {
      const element = await form();
      const zero = { ctxSize: 0, parallel: 0, sleepIdleSeconds: 0, nGpuLayers: 0 };
      element.defaults = { ...defaults, settings: { ...defaults.settings, ...zero } };
      await element.updateComplete;
      const shown = Object.keys(zero).map((id) => input(element, id).placeholder);
      expect(shown).to.deep.equal(['as trained', 'auto', 'never', '0']);
    });

    it('takes the defaults from the provider', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'm' })]);
      const provider = await fixture(html`
        <corral-provider .hub=${hub}><model-settings .model=${hub.model('m')}></model-settings></corral-provider>
      `);
      const element = provider.firstElementChild as ModelSettingsForm;
      await drawn();
      expect(input(element, 'nThreads').placeholder).to.equal('8');
      await hub.updateDefaults({ nThreads: 3 });
      await drawn();
      expect(input(element, 'nThreads').placeholder).to.equal('3');
    });

    it('shows nothing without a model, and a word for a server of someone else', async () => {
      const element = await fixture<ModelSettingsForm>(html`<model-settings></model-settings>`);
      expect(element.shadowRoot?.querySelectorAll('form, p').length).to.equal(0);
      element.model = modelWith({ control: 'router' });
      await element.updateComplete;
      expect(element.shadowRoot?.querySelectorAll('form').length).to.equal(0);
      expect(textOf(element, 'p')).to.contain('Someone else');
    });
  });

  describe('the port', () => {
    it('is applied apart from the rest', async () => {
      const element = await form();
      const patches = wishes(element, Promise.resolve(modelWith({ fixedPort: 8150 })), Promise.resolve());
      expect(isOff(element, '.apply')).to.equal(true);
      await type(element, 'port', '8150');
      await type(element, 'nThreads', '12');
      inside<HTMLButtonElement>(element, '.apply').click();
      await drawn();
      expect(patches).to.deep.equal([{ port: 8150 }]);
      expect(textOf(element, '.saved')).to.equal('Port applied');
      expect([input(element, 'port').value, input(element, 'nThreads').value]).to.deep.equal(['8150', '12']);
      await type(element, 'port', '');
      inside<HTMLButtonElement>(element, '.apply').click();
      expect(patches[1]).to.deep.equal({ port: null });
    });

    it('must be in the range, and free', async () => {
      const element = await form();
      const taken = new CorralError('invalid_settings', 'no', {
        details: { fields: { port: 'Another model has this port: x' } },
      });
      const patches = wishes(element, Promise.reject(taken));
      for (const text of ['80', 'x', '8200']) {
        await type(element, 'port', text);
        inside<HTMLButtonElement>(element, '.apply').click();
        await element.updateComplete;
        expect(note(element, 'port')).to.equal('Expected a port from 8100 to 8199');
      }
      expect(patches).to.deep.equal([]);
      await type(element, 'port', '8101');
      input(element, 'port').focus();
      await sendKeys({ press: 'Enter' });
      await drawn();
      expect(patches).to.deep.equal([{ port: 8101 }]);
      expect(note(element, 'port')).to.equal('Another model has this port: x');
    });
  });

  describe('a restart', () => {
    it('is offered when one is needed', async () => {
      const element = await form({ state: 'ready', restartNeeded: true });
      expect(textOf(element, '[part=restart] p')).to.equal('Restart needed for new settings');
      const heard: string[] = [];
      element.addEventListener('model-restart', ({ modelId }) => heard.push(modelId));
      inside<HTMLButtonElement>(element, '.restart').click();
      expect(heard).to.deep.equal(['m']);
      element.model = modelWith({ state: 'ready' });
      await element.updateComplete;
      expect(element.shadowRoot?.querySelectorAll('[part=restart]').length).to.equal(0);
    });

    it('is asked about when requests are running', async () => {
      const element = await form({
        state: 'ready',
        restartNeeded: true,
        load: { processing: 1, deferred: 0 },
      });
      const heard: string[] = [];
      element.addEventListener('model-restart', ({ modelId }) => heard.push(modelId));
      inside<HTMLButtonElement>(element, '.restart').click();
      await element.updateComplete;
      expect(heard).to.deep.equal([]);
      expect(textOf(element, '.confirm p')).to.equal('1 request is running. Restart anyway?');
      expect(element.shadowRoot?.activeElement?.className).to.equal('cancel');
      inside<HTMLButtonElement>(element, '.danger').click();
      expect(heard).to.deep.equal(['m']);
    });
  });

  it('fills itself in from a command line, and names what it left out', async () => {
    const element = await form();
    const patches = wishes(element);
    inside<HTMLDetailsElement>(element, 'details').open = true;
    inside<HTMLTextAreaElement>(element, '#command').value =
      'llama-server -m /m/x.gguf --host 0.0.0.0 -c 4096 -ngl 20 -fa on --slot-save-path /tmp';
    inside<HTMLButtonElement>(element, '.fill').click();
    await element.updateComplete;
    expect([input(element, 'ctxSize').value, input(element, 'extraFlags').value]).to.deep.equal([
      '4096',
      '--flash-attn on',
    ]);
    expect(textOf(element, '.left-out')).to.contain('--slot-save-path');
    save(element);
    expect(patches).to.deep.equal([
      { settings: { ctxSize: 4096, nGpuLayers: 20, extraFlags: ['--flash-attn', 'on'] } },
    ]);
  });

  it('changes a model through the provider', async () => {
    const hub = new SimulatedHub([simulatedModel({ modelId: 'm', state: 'ready' })]);
    const provider = await fixture(html`
      <corral-provider .hub=${hub}><model-settings .model=${hub.model('m')}></model-settings></corral-provider>
    `);
    const element = provider.firstElementChild as ModelSettingsForm;
    await drawn();
    await type(element, 'ctxSize', '4096');
    save(element);
    await drawn();
    expect(hub.model('m')?.overrides).to.deep.equal({ ctxSize: 4096 });
    expect(textOf(element, '.saved')).to.equal('Saved');
    expect(textOf(element, '[part=restart] p')).to.equal('Restart needed for new settings');
  });

  it('bears an answer that comes after it has left the page', async () => {
    const element = await form();
    let done: (answer: unknown) => void = () => {};
    wishes(
      element,
      new Promise((resolve) => {
        done = resolve;
      }),
    );
    await type(element, 'nThreads', '12');
    save(element);
    element.remove();
    done(null);
    await drawn();
    expect(element.isConnected).to.equal(false);
  });

  it('shows hostile texts as text', async () => {
    const element = await form();
    const before = allElements(element.shadowRoot as ShadowRoot).length;
    for (const text of hostileTexts) {
      element.model = modelWith({ filename: text, overrides: { extraFlags: [text] } });
      await element.updateComplete;
      expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(before);
      const refuse = (event: Event): void =>
        (event as IntentEvent).respondWith(
          Promise.reject(Object.assign(new Error(text), { details: { fields: { ctxSize: text, port: 7 } } })),
        );
      element.addEventListener('model-settings-change', refuse, { once: true });
      await type(element, 'ctxSize', String(1000 + Math.floor(text.length)));
      await type(element, 'extraFlags', '--mlock');
      save(element);
      await drawn();
      expect(inside(element, '#ctxSize-note').textContent).to.equal(text);
      await type(element, 'ctxSize', '');
      inside(element, 'form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub([simulatedModel({ modelId: 'm' })]);
    const provider = await fixture(html`
      <corral-provider .hub=${hub}><model-settings .model=${hub.model('m')}></model-settings></corral-provider>
    `);
    const element = provider.firstElementChild as ModelSettingsForm;
    await drawn();
    const alive = hub.listenerCount;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      provider.append(element);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    expect(allElements(document).length).to.equal(elements);
    element.remove();
    expect(hub.listenerCount).to.equal(0);
  });

  for (const width of [420, 300, 220]) {
    it(`fits into ${width} px`, async () => {
      const element = await form({ restartNeeded: true, overrides: { ctxSize: 1 } });
      element.style.width = `${width}px`;
      await drawn();
      for (const inner of allElements(element.shadowRoot as ShadowRoot)) {
        if (inner.closest('.unseen')) continue;
        expect(inner.getBoundingClientRect().right, inner.localName).to.be.at.most(
          element.getBoundingClientRect().right + 0.5,
        );
      }
    });
  }

  for (const theme of themes) {
    it(`is accessible in ${theme}, with problems and a needed restart`, async () => {
      const page = await themedFixture(
        theme,
        html`<model-settings .model=${modelWith({ restartNeeded: true, overrides: { ctxSize: 4096 } })} .defaults=${defaults}></model-settings>`,
      );
      const element = page.querySelector('model-settings') as ModelSettingsForm;
      await type(element, 'nThreads', 'x');
      await type(element, 'port', '1');
      inside<HTMLDetailsElement>(element, 'details').open = true;
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});
