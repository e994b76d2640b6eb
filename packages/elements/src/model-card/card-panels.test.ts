import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { card, modelWith, show } from '../testing/card.fixture.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { ModelCard } from './model-card.js';

describe('<model-card>', () => {
  keepConsoleQuiet();

  describe('its settings', () => {
    it('open and close with the keyboard', async () => {
      const element = await card();
      const button = inside<HTMLButtonElement>(element, '.settings');
      const panel = inside(element, '[part=settings]');
      expect(button.getAttribute('aria-expanded')).to.equal('false');
      expect(panel.getBoundingClientRect().height).to.equal(0);
      button.focus();
      await sendKeys({ press: 'Enter' });
      await element.updateComplete;
      await Promise.all(element.shadowRoot?.getAnimations().map((animation) => animation.finished) ?? []);
      expect(button.getAttribute('aria-expanded')).to.equal('true');
      expect(panel.getBoundingClientRect().height).to.be.greaterThan(20);
      expect(getComputedStyle(panel.firstElementChild as Element).visibility).to.equal('visible');
      expect(element.hasAttribute('settings-open')).to.equal(true);
      await sendKeys({ press: 'Space' });
      await element.updateComplete;
      await Promise.all(element.shadowRoot?.getAnimations().map((animation) => animation.finished) ?? []);
      expect(button.getAttribute('aria-expanded')).to.equal('false');
      expect(getComputedStyle(panel.firstElementChild as Element).visibility).to.equal('hidden');
    });

    it('belong to the button that opens them', async () => {
      const element = await card();
      const id = inside(element, '.settings').getAttribute('aria-controls');
      expect(inside(element, '[part=settings]').id).to.equal(id);
    });

    it('are the form of the model, loaded when it is first opened', async () => {
      const element = await card();
      expect(inside(element, '[part=settings]').querySelectorAll('model-settings').length).to.equal(0);
      inside<HTMLButtonElement>(element, '.settings').click();
      await waitUntil(() => element.shadowRoot?.querySelector('model-settings'), 'Expected the form');
      const form = inside<HTMLElementTagNameMap['model-settings']>(element, 'model-settings');
      expect(form.model === element.model).to.equal(true);
      await show(element, { requestCount: 3 });
      expect(form.model?.requestCount).to.equal(3);
      inside<HTMLButtonElement>(element, '.settings').click();
      inside<HTMLButtonElement>(element, '.settings').click();
      await drawn();
      expect(inside(element, 'model-settings') === form).to.equal(true);
    });

    it('say when they could not be loaded, and try again', async () => {
      class Broken extends ModelCard {
        static override loadPanels = (): Promise<never> => Promise.reject(new Error('no network'));
      }
      customElements.define('broken-card', Broken);
      const element = document.createElement('broken-card') as Broken;
      element.model = modelWith();
      await fixture(html`${element}`);
      element.settingsOpen = true;
      await drawn();
      expect(textOf(element, '[part=settings]')).to.contain('could not be loaded');
    });

    it('make room for the details, and the other way round', async () => {
      const element = await card();
      inside<HTMLButtonElement>(element, '.settings').click();
      await drawn();
      inside<HTMLButtonElement>(element, '.quiet.details').click();
      await drawn();
      expect([element.settingsOpen, element.detailsOpen]).to.deep.equal([false, true]);
      await waitUntil(() => element.shadowRoot?.querySelector('model-details'), 'Expected the details');
      expect(inside(element, '.quiet.details').getAttribute('aria-expanded')).to.equal('true');
    });
  });
});
