import { expect, fixture, html } from '@open-wc/testing';
import { startMs } from '../metrics-panel/snapshots.fixture.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import { all, buttonOf, chart, line, paths, press, ramp, texts, timeAt } from './chart.fixture.js';
import { timeText } from './chart-readout.js';
import type { MetricsChart } from './metrics-chart.js';

describe('<metrics-chart>', () => {
  keepConsoleQuiet();

  it('draws a line for each series, with axes and a legend', async () => {
    const element = await chart([line('alpha', ramp(60)), line('beta', [1, 2, null, 4])]);
    expect(paths(element).length).to.equal(2);
    expect(paths(element)[1]?.match(/M/g)?.length).to.equal(2);
    expect(texts(element, '.values text')).to.deep.equal(['0%', '20%', '40%', '60%', '80%', '100%']);
    expect(texts(element, '.times text').length).to.be.within(2, 12);
    expect(texts(element, '.legend li')).to.deep.equal(['alpha 59.0%', 'beta 4.0%']);
  });

  it('never shows an unknown newest value as a number', async () => {
    expect(texts(await chart([line('a', [5, null])]), '.legend b')).to.deep.equal(['N/A']);
  });

  it('writes values in the unit of the series', async () => {
    const ram = await chart([line('a', [31e9, 62e9], { unit: 'bytes' })]);
    expect(texts(ram, '.values text')).to.deep.equal(['0 GB', '20 GB', '40 GB', '60 GB', '80 GB']);
    const queue = await chart([line('a', [0, 1], { unit: 'requests' })]);
    expect(texts(queue, '.values text')).to.deep.equal(['0', '1']);
    expect(texts(queue, '.legend b')).to.deep.equal(['1 request']);
  });

  it('switches a line off and on by its name', async () => {
    const element = await chart([line('alpha', [1, 2]), line('beta', [3, 4])]);
    const [alpha, beta] = all<HTMLButtonElement>(element, '.legend button');
    alpha?.click();
    await drawn();
    expect(all(element, '.lines path').map((path) => path.dataset['id'])).to.deep.equal(['beta']);
    expect([alpha?.ariaPressed, beta?.ariaPressed]).to.deep.equal(['false', 'true']);
    beta?.click();
    await drawn();
    expect(textOf(element, '.blank')).to.equal('Every line is switched off.');
    alpha?.click();
    await drawn();
    expect(paths(element).length).to.equal(1);
  });

  it('goes back as far as it is told, from the newest reading', async () => {
    const element = await chart([line('a', ramp(900))]);
    const first = (): string | undefined => texts(element, '.times text')[0];
    expect(element.minutes).to.equal(5);
    buttonOf(element, '1 min').click();
    await drawn();
    expect(buttonOf(element, '1 min').ariaPressed).to.equal('true');
    expect(first()).to.equal(timeAt(840));
    buttonOf(element, '15 min').click();
    await drawn();
    expect(first()).to.equal(timeText(startMs, true));
    expect(element.getAttribute('minutes')).to.equal('15');
    element.setAttribute('minutes', '77');
    await drawn();
    expect(buttonOf(element, '5 min').ariaPressed).to.equal('true');
  });

  it('draws 900 readings with no more points than can be seen', async () => {
    const element = await chart([line('a', ramp(900))]);
    element.minutes = 15;
    element.style.width = '320px';
    await drawn(4);
    const points = paths(element)[0]?.match(/[ML]/g)?.length ?? 0;
    expect(points).to.be.within(200, 4 * 320);
  });

  describe('reading by keys', () => {
    it('moves along the readings and says them', async () => {
      const element = await chart([line('alpha', ramp(30)), line('beta', [7])]);
      const said = (): string => textOf(element, '.unseen');
      expect(said()).to.equal('');
      await press(element, 'ArrowLeft');
      expect(said()).to.equal(`${timeAt(29)}, alpha: 29.0%, beta: N/A`);
      await press(element, 'ArrowLeft', 'ArrowLeft', 'ArrowRight');
      expect(said()).to.equal(`${timeAt(28)}, alpha: 28.0%, beta: N/A`);
      await press(element, 'PageUp');
      expect(said()).to.contain('alpha: 18.0%');
      await press(element, 'Home', 'ArrowLeft');
      expect(said()).to.equal(`${timeAt(0)}, alpha: 0.0%, beta: 7.0%`);
      await press(element, 'End', 'ArrowRight');
      expect(said()).to.contain('alpha: 29.0%');
      expect(all(element, '.cursor').length).to.equal(1);
      expect(all(element, 'circle').length).to.equal(1);
      await press(element, 'Escape');
      expect([said(), all(element, '.cursor').length]).to.deep.equal(['', 0]);
    });

    it('leaves other keys to the page', async () => {
      const element = await chart([line('a', [1, 2])]);
      for (const init of [
        { key: 'Tab' },
        { key: 'a' },
        { key: 'Escape' },
        { key: 'ArrowLeft', altKey: true },
      ]) {
        const event = new KeyboardEvent('keydown', { ...init, bubbles: true, cancelable: true });
        inside(element, '.plot').dispatchEvent(event);
        expect(event.defaultPrevented, init.key).to.equal(false);
      }
    });

    it('has nothing to say of a chart without readings', async () => {
      const element = await chart([]);
      await press(element, 'ArrowLeft');
      expect(textOf(element, '.unseen')).to.equal('Nothing to read.');
    });

    it('stays at its reading while others come, until that leaves the window', async () => {
      const element = await chart([line('a', ramp(50))]);
      element.minutes = 1;
      await press(element, 'Home');
      element.series = [line('a', ramp(55))];
      await drawn();
      expect(textOf(element, '.readout p')).to.equal(timeAt(0));
      element.series = [line('a', ramp(100))];
      await drawn();
      expect(all(element, '.readout').length).to.equal(0);
    });

    it('ends when the focus goes', async () => {
      const element = await chart([line('a', [1, 2])]);
      inside(element, '.plot').focus();
      await press(element, 'Home');
      inside(element, '.plot').blur();
      await drawn();
      expect(all(element, '.readout').length).to.equal(0);
    });
  });

  it('reads what the pointer is at, without a word', async () => {
    const element = await chart([line('alpha', ramp(301))]);
    const plot = inside(element, '.plot');
    const { left, width } = plot.getBoundingClientRect();
    const point = async (type: string, clientX: number): Promise<void> => {
      plot.dispatchEvent(new PointerEvent(type, { clientX, bubbles: true, pointerType: 'mouse' }));
      await drawn();
    };
    await point('pointermove', left + width - 11);
    expect(textOf(element, '.readout p')).to.equal(timeAt(300));
    expect(inside(element, '.readout').dataset['side']).to.equal('before');
    await point('pointermove', left + 62);
    expect(texts(element, '.readout div')).to.deep.equal(['alpha 0.0%']);
    expect(inside(element, '.readout').getBoundingClientRect().left).to.be.within(left + 62, left + 90);
    expect(textOf(element, '.unseen')).to.equal('');
    await point('pointerleave', left);
    expect(all(element, '.readout').length).to.equal(0);
  });

  describe('the table', () => {
    const rows = (element: Element): string[] =>
      all<HTMLTableRowElement>(element, 'tbody tr').map((row) =>
        [...row.cells].map((cell) => cell.textContent).join(' '),
      );

    it('has the readings of the window, newest first, a page at a time', async () => {
      const element = await chart([line('alpha', ramp(45)), line('beta', [3])]);
      buttonOf(element, 'TABLE').click();
      await drawn();
      expect(texts(element, 'thead th')).to.deep.equal(['Time', 'alpha', 'beta']);
      expect(rows(element).length).to.equal(20);
      expect(rows(element)[0]).to.equal(`${timeAt(44)} 44.0% N/A`);
      buttonOf(element, 'NEWER').click();
      await drawn();
      expect(textOf(element, '.pages span')).to.equal('Page 1 of 3');
      buttonOf(element, 'OLDER').click();
      await drawn();
      buttonOf(element, 'OLDER').click();
      await drawn();
      expect([rows(element).length, rows(element).at(-1)]).to.deep.equal([5, `${timeAt(0)} 0.0% 3.0%`]);
      expect(buttonOf(element, 'OLDER').ariaDisabled).to.equal('true');
      buttonOf(element, 'TABLE').click();
      await drawn(4);
      expect([all(element, 'table').length, paths(element).length]).to.deep.equal([0, 2]);
    });

    it('follows what comes on the first page, and stands still on the others', async () => {
      const element = await chart([line('a', ramp(45))]);
      buttonOf(element, 'TABLE').click();
      await drawn();
      element.series = [line('a', ramp(46))];
      await drawn();
      expect(rows(element)[0]).to.equal(`${timeAt(45)} 45.0%`);
      buttonOf(element, 'OLDER').click();
      await drawn();
      const second = rows(element);
      element.series = [line('a', ramp(50))];
      await drawn();
      expect(rows(element)).to.deep.equal(second);
      buttonOf(element, 'NEWER').click();
      await drawn();
      expect(rows(element)[0]).to.equal(`${timeAt(49)} 49.0%`);
    });
  });

  it('follows its width', async () => {
    const element = await chart([line('a', ramp(300))]);
    const rightmost = (): number => Number(inside(element, '.lines').getAttribute('width'));
    const wide = rightmost();
    element.style.width = '400px';
    await drawn(4);
    expect(rightmost()).to.be.within(250, 400);
    expect(rightmost()).to.be.lessThan(wide);
  });

  it('I66: shows hostile names as text, and takes no style from them', async () => {
    const element = await chart([line('x', [1, 2])]);
    await press(element, 'End');
    const count = allElements(element.shadowRoot as ShadowRoot).length;
    for (const text of hostileTexts) {
      element.series = [line(text, [1, 2], { color: text })];
      element.label = text;
      await element.updateComplete;
      expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(count);
      expect(inside(element, '.legend .name').textContent).to.equal(text);
      expect(inside(element, '.readout .name').textContent).to.equal(text);
      expect(inside(element, '.lines path').style.cssText).to.equal('');
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('takes a colour that a page chose', async () => {
    const element = await chart([line('a', [1, 2], { color: 'rgb(1, 2, 3)' })]);
    expect(getComputedStyle(inside(element, '.lines path')).stroke).to.equal('rgb(1, 2, 3)');
    element.series = [line('a', [1, 2])];
    await drawn();
    expect(getComputedStyle(inside(element, '.lines path')).stroke).to.equal('rgb(126, 184, 218)');
  });

  it('fits into 320 px', async () => {
    const page = await fixture<HTMLElement>(html`<div style="width: 320px"></div>`);
    const element = document.createElement('metrics-chart');
    element.series = [line('a'.repeat(200), ramp(300)), line('b', ramp(300), { unit: 'bytes' })];
    element.label = 'A long title of a chart in a narrow page';
    page.append(element);
    await drawn(4);
    await press(element, 'Home');
    const right = page.getBoundingClientRect().right + 0.5;
    for (const part of all(element, 'section, button, select, h3, .plot, .readout, .legend, text'))
      expect(part.getBoundingClientRect().right, part.outerHTML.slice(0, 80)).to.be.at.most(right);
    expect(element.scrollWidth).to.be.at.most(320);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(
        theme,
        html`
          <metrics-chart label="One" .series=${[line('a', ramp(60)), line('b', [1, null, 3])]}></metrics-chart>
          <metrics-chart label="Two" .series=${[line('a', ramp(60))]}></metrics-chart>
          <metrics-chart label="Three" .series=${[]}></metrics-chart>
          <metrics-chart></metrics-chart>
        `,
      );
      await drawn(4);
      const [one, two] = page.querySelectorAll('metrics-chart');
      await press(one as MetricsChart, 'Home');
      buttonOf(two as MetricsChart, 'TABLE').click();
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});
