import { CorralError } from '@corral/core';
import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { form, input, isOff, modelWith, note, save, type, wishes } from '../testing/settings.fixture.js';

describe('<model-settings>', () => {
  keepConsoleQuiet();

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
});
