import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { drawn, inside } from '../testing/frames.fixture.js';
import { cards, gridOf, models } from '../testing/grid.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { ModelGrid } from './model-grid.js';

describe('<model-grid>', () => {
  keepConsoleQuiet();

  describe('its keys', () => {
    const focused = (grid: ModelGrid): string | null | undefined =>
      grid.shadowRoot?.activeElement?.getAttribute('aria-label');

    for (const [width, down] of [
      [1440, 'm3.gguf'],
      [1000, 'm2.gguf'],
      [400, 'm1.gguf'],
    ] as const) {
      it(`go by the columns that there are in ${width} px`, async () => {
        const grid = await gridOf(models(8), width);
        inside(grid, '[role=listitem]').focus();
        await sendKeys({ press: 'ArrowDown' });
        await drawn();
        expect(focused(grid)).to.equal(down);
        await sendKeys({ press: 'ArrowUp' });
        await drawn();
        expect(focused(grid)).to.equal('m0.gguf');
        await sendKeys({ press: 'ArrowLeft' });
        await drawn();
        expect(focused(grid)).to.equal('m0.gguf');
        await sendKeys({ press: 'ArrowRight' });
        await drawn();
        expect(focused(grid)).to.equal('m1.gguf');
        await sendKeys({ press: 'End' });
        await drawn();
        expect(focused(grid)).to.equal('m7.gguf');
        await sendKeys({ press: 'Home' });
        await drawn();
        expect(focused(grid)).to.equal('m0.gguf');
      });
    }

    it('reach cards that are not made yet', async () => {
      const grid = await gridOf(models(400), 1440);
      inside(grid, '[role=listitem]').focus();
      await sendKeys({ press: 'End' });
      await drawn();
      expect(focused(grid)).to.equal('m99.gguf');
    });

    it('go into a card with Enter and out of it with Escape', async () => {
      const grid = await gridOf(models(3));
      inside(grid, '[role=listitem]').focus();
      await sendKeys({ press: 'Enter' });
      const [card] = cards(grid);
      expect(card?.shadowRoot?.activeElement?.className).to.equal('start');
      await sendKeys({ press: 'Escape' });
      expect(focused(grid)).to.equal('m0.gguf');
    });

    it('leave the grid after one card with Tab', async () => {
      const grid = await gridOf(models(5));
      const after = document.createElement('button');
      grid.after(after);
      inside(grid, '[role=listitem]').focus();
      const stops: string[] = [];
      for (let i = 0; i < 12 && document.activeElement !== after; i++) {
        await sendKeys({ press: 'Tab' });
        const inner = grid.shadowRoot?.activeElement?.shadowRoot?.activeElement;
        if (inner) stops.push(inner.getAttribute('aria-label') ?? '');
      }
      expect(document.activeElement === after).to.equal(true);
      expect(stops).to.deep.equal([
        'Pin m0.gguf',
        'Start m0.gguf',
        'Settings of m0.gguf',
        'Details of m0.gguf',
      ]);
      after.remove();
    });
  });
});
