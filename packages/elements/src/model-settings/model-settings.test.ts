import {
  CorralError,
  defaultModelSettings,
  type ModelDefaults,
  type ModelPatch,
  type ModelStatus,
} from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../corral-provider/define.js';
import type { IntentEvent } from '../events/intent-event.js';
import type { ModelSettingsChangeEvent } from '../events/model-events.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelSettingsForm } from './model-settings.js';

const defaults: ModelDefaults = {
  settings: { ...defaultModelSettings, nThreads: 6 },
  builtIn: defaultModelSettings,
  portRange: { from: 8100, to: 8199 },
};
const modelWith = (facts: Partial<ModelStatus> = {}): ModelStatus => {
  const { overrides = {} } = facts;
  return simulatedModel({ modelId: 'm', settings: { ...defaults.settings, ...overrides }, ...facts });
};

async function form(facts: Partial<ModelStatus> = {}): Promise<ModelSettingsForm> {
  const element = await fixture<ModelSettingsForm>(
    html`<model-settings .model=${modelWith(facts)} .defaults=${defaults}></model-settings>`,
  );
  await drawn();
  return element;
}

const input = (element: Element, id: string): HTMLInputElement => inside<HTMLInputElement>(element, `#${id}`);
const note = (element: Element, id: string): string => textOf(element, `#${id}-note`);
const save = (element: Element): void => inside<HTMLButtonElement>(element, '.save').click();
const isOff = (element: Element, selector: string): boolean =>
  inside(element, selector).getAttribute('aria-disabled') === 'true';

async function type(element: ModelSettingsForm, id: string, text: string): Promise<void> {
  input(element, id).value = text;
  input(element, id).dispatchEvent(new Event('input', { bubbles: true }));
  input(element, id).dispatchEvent(new Event('change', { bubbles: true }));
  await element.updateComplete;
}

/** What the form wishes from now on, each wish answered in turn. */
function wishes(element: Element, ...answers: Promise<unknown>[]): ModelPatch[] {
  const patches: ModelPatch[] = [];
  // A refusal that waits for its turn is no mistake.
  for (const answer of answers) answer.catch(() => {});
  element.addEventListener('model-settings-change', (event) => {
    const { patch } = event as ModelSettingsChangeEvent;
    patches.push(patch);
    const answer = answers.shift();
    if (answer) (event as ModelSettingsChangeEvent).respondWith(answer);
  });
  return patches;
}

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

  describe('saving', () => {
    it('is off while nothing changed, and wishes for nothing but what changed', async () => {
      const element = await form({ overrides: { ctxSize: 16_384 } });
      const patches = wishes(element);
      expect(isOff(element, '.save')).to.equal(true);
      save(element);
      await type(element, 'nThreads', '12');
      await type(element, 'ctxSize', '');
      await type(element, 'extraFlags', ' --mlock  --prio 2 ');
      inside<HTMLInputElement>(element, '[name=enabled]').click();
      const tier = inside<HTMLSelectElement>(element, '#tierOverride');
      tier.value = 'powerful';
      tier.dispatchEvent(new Event('change'));
      await element.updateComplete;
      expect(isOff(element, '.save')).to.equal(false);
      save(element);
      expect(patches).to.deep.equal([
        {
          enabled: false,
          tierOverride: 'powerful',
          settings: { nThreads: 12, ctxSize: null, extraFlags: ['--mlock', '--prio', '2'] },
        },
      ]);
    });

    it('is not a change when the same is typed again', async () => {
      const element = await form({ overrides: { ctxSize: 16_384 } });
      await type(element, 'ctxSize', '1');
      await type(element, 'ctxSize', '16384');
      await type(element, 'nThreads', '');
      expect(isOff(element, '.save')).to.equal(true);
    });

    it('says that it goes on, and then Saved, until the next edit', async () => {
      const element = await form();
      let done: (answer: unknown) => void = () => {};
      const patches = wishes(
        element,
        new Promise((resolve) => {
          done = resolve;
        }),
      );
      await type(element, 'nThreads', '12');
      save(element);
      await element.updateComplete;
      expect(inside(element, '.save').ariaBusy).to.equal('true');
      save(element);
      expect(patches.length).to.equal(1);
      done(modelWith({ overrides: { nThreads: 12 } }));
      await drawn();
      expect(textOf(element, '.saved')).to.equal('Saved');
      expect(isOff(element, '.save')).to.equal(true);
      // The answer counts until the model itself comes in.
      expect(input(element, 'nThreads').value).to.equal('12');
      await type(element, 'nThreads', '13');
      expect(textOf(element, '.saved')).to.equal('');
    });

    it('keeps what was typed while the answer was on its way', async () => {
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
      await type(element, 'nThreads', '13');
      done(undefined);
      await drawn();
      expect(input(element, 'nThreads').value).to.equal('13');
    });

    it('checks first, and goes to the field that is wrong', async () => {
      const element = await form();
      const patches = wishes(element);
      for (const [id, text] of [
        ['nThreads', '0'],
        ['ctxSize', '-1'],
        ['batchSize', '1.5'],
        ['extraFlags', '--host 0.0.0.0'],
      ] as const) {
        await type(element, id, text);
        expect(input(element, id).getAttribute('aria-invalid'), id).to.equal('true');
        expect(note(element, id), id).to.match(/Expected a whole number from|The hub sets it/);
      }
      save(element);
      await element.updateComplete;
      expect(patches).to.deep.equal([]);
      expect(element.shadowRoot?.activeElement?.id).to.equal('ctxSize');
      await type(element, 'ctxSize', '1024');
      expect(input(element, 'ctxSize').getAttribute('aria-invalid')).to.equal('false');
    });

    it('says nothing of a field while someone types in it', async () => {
      const element = await form();
      input(element, 'nThreads').focus();
      await sendKeys({ type: 'x' });
      await element.updateComplete;
      expect(input(element, 'nThreads').getAttribute('aria-invalid')).to.equal('false');
      await sendKeys({ press: 'Tab' });
      await element.updateComplete;
      expect(input(element, 'nThreads').getAttribute('aria-invalid')).to.equal('true');
    });

    it('shows what the hub refuses at its field, and all else as an alert', async () => {
      const element = await form();
      const refusal = new CorralError('invalid_settings', 'Expected other values', {
        details: { fields: { nThreads: 'This machine has 4' } },
      });
      wishes(element, Promise.reject(refusal), Promise.reject(new Error('The disk is full')));
      await type(element, 'nThreads', '64');
      save(element);
      await drawn();
      expect(note(element, 'nThreads')).to.equal('This machine has 4');
      expect(element.shadowRoot?.activeElement?.id).to.equal('nThreads');
      await type(element, 'nThreads', '4');
      expect(note(element, 'nThreads')).not.to.equal('This machine has 4');
      save(element);
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('The disk is full');
      expect(input(element, 'nThreads').value).to.equal('4');
    });

    it('happens with Enter in a field', async () => {
      const element = await form();
      const patches = wishes(element);
      input(element, 'nThreads').focus();
      await sendKeys({ type: '5' });
      await sendKeys({ press: 'Enter' });
      expect(patches).to.deep.equal([{ settings: { nThreads: 5 } }]);
    });
  });

  describe('taking back', () => {
    it('resets one field and goes into it', async () => {
      const element = await form({ overrides: { ctxSize: 16_384, nThreads: 2 } });
      const patches = wishes(element);
      inside<HTMLButtonElement>(element, '#ctxSize + .reset').click();
      await element.updateComplete;
      expect(element.shadowRoot?.activeElement?.id).to.equal('ctxSize');
      save(element);
      expect(patches).to.deep.equal([{ settings: { ctxSize: null } }]);
    });

    it('resets all', async () => {
      const element = await form({ overrides: { ctxSize: 16_384, nThreads: 2 } });
      const patches = wishes(element);
      inside<HTMLButtonElement>(element, '.reset-all').click();
      await element.updateComplete;
      save(element);
      expect(patches).to.deep.equal([{ settings: { ctxSize: null, nThreads: null } }]);
    });

    it('forgets unsaved edits with Escape, and only then keeps the key to itself', async () => {
      const element = await form();
      let heard = 0;
      element.addEventListener('keydown', () => void (heard += 1));
      await type(element, 'nThreads', '12');
      input(element, 'nThreads').focus();
      await sendKeys({ press: 'Escape' });
      await element.updateComplete;
      expect([input(element, 'nThreads').value, heard]).to.deep.equal(['', 0]);
      await sendKeys({ press: 'Escape' });
      expect(heard).to.equal(1);
    });

    it('keeps unsaved edits across updates of the model, and not across models', async () => {
      const element = await form();
      await type(element, 'nThreads', '12');
      element.model = modelWith({ requestCount: 7, state: 'ready', overrides: { batchSize: 64 } });
      await element.updateComplete;
      expect([input(element, 'nThreads').value, input(element, 'batchSize').value]).to.deep.equal([
        '12',
        '64',
      ]);
      element.model = modelWith({ modelId: 'other' });
      await element.updateComplete;
      expect(input(element, 'nThreads').value).to.equal('');
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
