import { type ModelControl, type ModelState, modelStates } from '@corral/core';
import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { buttons, captions, card, filename, press, show } from '../testing/card.fixture.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';

describe('<model-card>', () => {
  keepConsoleQuiet();

  describe('its actions', () => {
    const offered: Readonly<Record<ModelState, string[]>> = {
      offline: ['START'],
      starting: ['STOP', 'RESTART'],
      loading: ['STOP', 'RESTART'],
      ready: ['STOP', 'RESTART'],
      unhealthy: ['STOP', 'RESTART'],
      sleeping: ['STOP', 'RESTART'],
      stopping: ['STOP', 'RESTART'],
      backoff: ['START', 'STOP'],
      failed: ['START'],
    };
    for (const state of modelStates) {
      it(`are ${offered[state].join(', ')} and SETTINGS when ${state}`, async () => {
        expect(captions(await card({ state }))).to.deep.equal([
          '☆',
          ...offered[state],
          'SETTINGS',
          'DETAILS',
        ]);
      });
    }

    for (const [control, state, expected] of [
      ['none', 'ready', []],
      ['router', 'ready', ['UNLOAD']],
      ['router', 'offline', ['LOAD']],
      ['swap', 'sleeping', ['UNLOAD']],
      ['swap', 'offline', ['LOAD']],
    ] as const satisfies readonly (readonly [ModelControl, ModelState, readonly string[]])[]) {
      it(`are ${expected.join(', ') || 'none'} and DETAILS when ${state} under the control of ${control}`, async () => {
        const element = await card({ state, control });
        expect(captions(element)).to.deep.equal(['☆', ...expected, 'DETAILS']);
        expect(element.shadowRoot?.querySelectorAll('[part=settings]').length).to.equal(0);
        expect(element.shadowRoot?.querySelectorAll('.mark').length).to.equal(control === 'none' ? 1 : 0);
      });
    }

    it('hold START disabled when the model is disabled', async () => {
      const element = await card({ enabled: false });
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(true);
      expect(press(element, '.start').length).to.equal(0);
    });

    it('are named with the filename', async () => {
      const element = await card({ state: 'ready' });
      expect(buttons(element).map((button) => button.getAttribute('aria-label'))).to.deep.equal([
        `Pin ${filename}`,
        `Stop ${filename}`,
        `Restart ${filename}`,
        `Settings of ${filename}`,
        `Details of ${filename}`,
      ]);
    });

    for (const [selector, type, state] of [
      ['.start', 'model-start', 'offline'],
      ['.stop', 'model-stop', 'ready'],
      ['.restart', 'model-restart', 'ready'],
    ] as const) {
      it(`announce ${type} with the model, out of the card`, async () => {
        const element = await card({ state });
        const heard: Event[] = [];
        const hear = (event: Event): void => void heard.push(event);
        document.addEventListener(type, hear);
        inside<HTMLButtonElement>(element, selector).click();
        document.removeEventListener(type, hear);
        expect(heard).to.have.length(1);
        expect(heard[0] as Event).to.include({ type, modelId: 'm', bubbles: true, composed: true });
      });
    }

    it('show that an answer is pending, and are free again after it', async () => {
      const element = await card({ state: 'ready' });
      let resolve = (): void => {};
      press(
        element,
        '.restart',
        new Promise<void>((done) => {
          resolve = done;
        }),
      );
      await drawn();
      expect(inside(element, '.restart').ariaBusy).to.equal('true');
      expect(inside(element, '.stop').ariaBusy).to.equal('false');
      // Whether by `disabled` or by `aria-disabled`: nothing more can be wished for, and readers are told.
      for (const selector of ['.stop', '.restart']) {
        expect(inside(element, selector).matches(':disabled, [aria-disabled=true]'), selector).to.equal(true);
        expect(press(element, selector).length, selector).to.equal(0);
      }
      expect(inside<HTMLButtonElement>(element, '.settings').disabled).to.equal(false);
      resolve();
      await drawn();
      for (const selector of ['.stop', '.restart']) {
        expect(inside<HTMLButtonElement>(element, selector).disabled, selector).to.equal(false);
      }
      expect(inside(element, '.restart').ariaBusy).to.equal('false');
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('show why a wish was refused, until the next one', async () => {
      const element = await card();
      press(element, '.start', Promise.reject(new Error('Port 8100 is taken')));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('Port 8100 is taken');
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(false);
      press(element, '.start', new Promise(() => {}));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('show what was thrown when it was no Error', async () => {
      const element = await card();
      press(element, '.start', Promise.reject('a plain text'));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('a plain text');
    });

    it('forget a refusal when the state changes', async () => {
      const element = await card();
      press(element, '.start', Promise.reject(new Error('no')));
      await drawn();
      await show(element, { state: 'starting' });
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('do nothing more when nobody takes the wish', async () => {
      const element = await card();
      expect(press(element, '.start').length).to.equal(1);
      await drawn();
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(false);
    });

    it('bear a response that comes after the card has left the page', async () => {
      const element = await card();
      let reject: (reason: Error) => void = () => {};
      press(
        element,
        '.start',
        new Promise((_, refuse) => {
          reject = refuse;
        }),
      );
      await drawn();
      element.remove();
      reject(new Error('too late'));
      await drawn();
      expect(element.isConnected).to.equal(false);
    });

    it('keep the focus on the button that was pressed', async () => {
      const element = await card({ state: 'ready' });
      let resolve = (): void => {};
      inside(element, '.stop').focus();
      press(
        element,
        '.stop',
        new Promise<void>((done) => {
          resolve = done;
        }),
      );
      await drawn();
      expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
      resolve();
      await drawn();
      expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
    });

    it('hand the focus to SETTINGS when the button goes with its state', async () => {
      const element = await card({ state: 'ready' });
      inside(element, '.stop').focus();
      await show(element, { state: 'offline' });
      expect(element.shadowRoot?.activeElement?.className).to.equal('quiet settings');
    });
  });

  describe('its pin', () => {
    it('wishes for the other state', async () => {
      const element = await card();
      const heard: unknown[] = [];
      element.addEventListener('model-settings-change', ({ patch }) => heard.push(patch));
      inside<HTMLButtonElement>(element, '.pin').click();
      await show(element, { pinned: true });
      expect(inside(element, '.pin').getAttribute('aria-pressed')).to.equal('true');
      inside<HTMLButtonElement>(element, '.pin').click();
      expect(heard).to.deep.equal([{ pinned: true }, { pinned: false }]);
    });
  });

  describe('its question before requests are cut off', () => {
    const busy = { state: 'ready', load: { processing: 3, deferred: 0 } } as const;

    for (const name of ['stop', 'restart'] as const) {
      it(`comes before ${name}, with the focus on CANCEL`, async () => {
        const element = await card(busy);
        expect(press(element, `.${name}`).length).to.equal(0);
        await drawn();
        expect(textOf(element, '.confirm p')).to.match(/^3 requests are running\. (Stop|Restart) anyway\?$/);
        expect(element.shadowRoot?.activeElement?.className).to.equal('cancel');
        const heard = press(element, '.confirm .danger');
        expect(heard.map(({ type }) => type)).to.deep.equal([`model-${name}`]);
        await drawn();
        expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
      });
    }

    it('goes with Escape and with CANCEL, and gives the focus back', async () => {
      const element = await card(busy);
      for (const leave of [
        () => sendKeys({ press: 'Escape' }),
        async () => inside<HTMLButtonElement>(element, '.cancel').click(),
      ]) {
        press(element, '.stop');
        await drawn();
        await leave();
        await drawn();
        expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
        expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
      }
    });

    it('is not asked when nothing runs, and not again while the model is stopping', async () => {
      const element = await card({ state: 'ready', load: { processing: 0, deferred: 2 } });
      expect(press(element, '.stop').length).to.equal(1);
      await show(element, { state: 'stopping', load: { processing: 2, deferred: 0 } });
      expect(press(element, '.stop').length).to.equal(1);
      expect(inside(element, '.stop').title).to.contain('without waiting');
    });

    it('goes when the model has stopped by itself', async () => {
      const element = await card(busy);
      press(element, '.stop');
      await show(element, { state: 'failed', load: null });
      expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
    });
  });
});
