import { expect, fixture, html } from '@open-wc/testing';
import { readIn } from '../job-status/jobs.fixture.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import type { BudgetBar } from './budget-bar.js';
import './define.js';

const bar = (facts: Partial<BudgetBar>): Promise<BudgetBar> =>
  fixture(
    html`<budget-bar .spent=${facts.spent ?? null} .reserved=${facts.reserved ?? 0} .max=${facts.max ?? null}></budget-bar>`,
  );
const text = (element: Element): string => readIn(element, '[part=text]');
const width = (element: Element, part: string): number =>
  inside(element, `[part=${part}]`).getBoundingClientRect().width /
  inside(element, '[part=bar]').getBoundingClientRect().width;

describe('<budget-bar>', () => {
  keepConsoleQuiet();

  it('says what was spent of what, and shows it to scale, with what is set aside', async () => {
    const element = await bar({ spent: 0.1, reserved: 0.05, max: 0.5 });
    await new Promise((done) => setTimeout(done, 350));
    expect(text(element)).to.equal('$0.1000 of $0.50');
    expect(width(element, 'spent')).to.be.closeTo(0.2, 0.01);
    expect(width(element, 'reserved')).to.be.closeTo(0.1, 0.01);
    const meter = inside(element, '[role=meter]');
    expect([meter.ariaLabel, meter.ariaValueNow, meter.ariaValueText]).to.deep.equal([
      'Budget',
      '20',
      '$0.1000 of $0.50, $0.0500 set aside',
    ]);
  });

  it('calls what nobody knows unknown, without a meter', async () => {
    const element = await bar({ spent: null, max: 0.5 });
    expect(text(element)).to.equal('unknown of $0.50');
    expect(element.shadowRoot?.querySelectorAll('[role=meter]').length).to.equal(0);
    expect(element.shadowRoot?.textContent).not.to.contain('$0.00');
  });

  it('marks what is over the budget, in words too', async () => {
    const element = await bar({ spent: 0.5123, reserved: 0.1, max: 0.5 });
    expect(text(element)).to.equal('$0.5123 of $0.50, over by $0.0123');
    expect(inside(element, '.amount').hasAttribute('data-over')).to.equal(true);
    expect(inside(element, '[role=meter]').ariaValueNow).to.equal('100');
    expect(element.shadowRoot?.querySelectorAll('[part=reserved]').length).to.equal(0);
  });

  it('has no bar without a limit', async () => {
    const element = await bar({ spent: 0.2 });
    expect(text(element)).to.equal('$0.2000');
    expect(element.shadowRoot?.querySelectorAll('[part=bar]').length).to.equal(0);
  });

  it('takes its facts from attributes, whatever they say', async () => {
    const element = await fixture<BudgetBar>(
      html`<budget-bar spent="0.25" max="1" reserved="x"></budget-bar>`,
    );
    expect(text(element)).to.equal('$0.2500 of $1.00');
    for (const wrong of ['-1', 'NaN', 'Infinity', 'x']) {
      element.setAttribute('spent', wrong);
      element.label = hostileTexts[0] ?? '';
      await drawn();
      expect(text(element), wrong).to.equal('unknown of $1.00');
      expect(readIn(element, '.amount-label')).to.equal(hostileTexts[0]);
    }
  });

  it('keeps the order of its words in a page that is read from right to left', async () => {
    const page = await fixture(html`<div dir="rtl"><budget-bar spent="0.1" max="0.5"></budget-bar></div>`);
    const shown = inside(page.querySelector('budget-bar') as Element, '[part=text]');
    const node = [...shown.childNodes].find(({ textContent }) => textContent?.includes('of')) as Text;
    const left = (from: number): number => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, from + 1);
      return range.getBoundingClientRect().left;
    };
    expect(left(0)).to.be.lessThan(left(node.data.indexOf('of')));
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const element = await bar({ spent: 0.1, max: 0.5 });
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
      const page = await themedFixture(
        theme,
        html`<budget-bar spent="0.1" reserved="0.1" max="0.5"></budget-bar><budget-bar spent="0.6" max="0.5"></budget-bar><budget-bar max="0.5"></budget-bar>`,
      );
      await expect(page).to.be.accessible();
    });
  }
});
