import { type ModelMetric, ModelSeries } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelSparkline } from './model-sparkline.js';

const pathOf = (element: ModelSparkline): string => inside(element, 'path').getAttribute('d') ?? '';

async function sparkline(facts: Partial<ModelSparkline> = {}): Promise<ModelSparkline> {
  const element = await fixture<ModelSparkline>(html`<model-sparkline></model-sparkline>`);
  Object.assign(element, facts);
  await drawn();
  return element;
}

/** Counts the writes to an element's shadow tree while `run` runs. */
async function writesDuring(element: ModelSparkline, run: () => Promise<void> | void): Promise<number> {
  const root = element.shadowRoot as ShadowRoot;
  let writes = 0;
  const observer = new MutationObserver((records) => {
    writes += records.length;
  });
  observer.observe(root, { subtree: true, attributes: true, characterData: true, childList: true });
  await run();
  await drawn();
  writes += observer.takeRecords().length;
  observer.disconnect();
  return writes;
}

describe('<model-sparkline>', () => {
  keepConsoleQuiet();

  for (const [metric, label, current, range] of [
    ['tokensPerSecond', 'Tokens/sec', '42.5 t/s', '40.0 – 44.1'],
    ['memoryGb', 'Memory', '42.52 GB', '40.00 – 44.13'],
    ['latencyMs', 'Latency', '43 ms', '40 – 44'],
  ] as const) {
    it(`writes label, newest value and range of ${metric}`, async () => {
      const element = await sparkline({ metric, values: [40, 44.13, 42.52] });
      expect([
        textOf(element, '.label'),
        textOf(element, '.current'),
        textOf(element, '.range'),
      ]).to.deep.equal([label, current, range]);
    });
  }

  it('puts a label of its own in place of the metric’s', async () => {
    expect(textOf(await sparkline({ label: 'Speed' }), '.label')).to.equal('Speed');
  });

  it('has the colour of its metric', async () => {
    for (const [metric, colour] of [
      ['tokensPerSecond', 'rgb(0, 255, 255)'],
      ['memoryGb', 'rgb(255, 149, 0)'],
      ['latencyMs', 'rgb(0, 255, 65)'],
    ] as const) {
      const element = await sparkline({ metric, values: [1, 2] });
      expect(getComputedStyle(inside(element, 'path')).stroke).to.equal(colour);
      expect(getComputedStyle(inside(element, '.current')).color).to.equal(colour);
    }
  });

  it('falls back to tokens per second for a metric it does not know', async () => {
    const element = await sparkline({ metric: '__proto__' as ModelMetric, values: [1] });
    expect(textOf(element, '.label')).to.equal('Tokens/sec');
  });

  it('draws a line, bars or blocks', async () => {
    const element = await sparkline({ values: [1, 2, 3] });
    expect(pathOf(element).match(/\d+/g)?.length).to.equal(6);
    element.variant = 'bars';
    await drawn();
    expect(pathOf(element)).to.match(/^(M\d+ 100V\d+){3}$/);
    const shown = (selector: string): boolean => inside(element, selector).getClientRects().length > 0;
    expect([shown('svg'), shown('pre')]).to.deep.equal([true, false]);
    element.variant = 'ascii';
    await drawn();
    expect(inside(element, 'pre').textContent.split('\n').length).to.equal(3);
    expect([shown('svg'), shown('pre')]).to.deep.equal([false, true]);
    element.variant = 'line';
    await drawn();
    expect(pathOf(element).match(/M/g)?.length).to.equal(1);
    expect([shown('svg'), shown('pre')]).to.deep.equal([true, false]);
  });

  it('draws unknown slots as gaps and a lone known one as a dot', async () => {
    const element = await sparkline({
      values: [1, 2, 0, 3, 0, 4, 5],
      valid: [true, true, false, true, false, true, true],
    });
    expect(pathOf(element).match(/M/g)?.length).to.equal(3);
    expect(pathOf(element).match(/h\.3/g)?.length).to.equal(1);
    expect(textOf(element, '.range')).to.equal('1.0 – 5.0');
  });

  it('never shows an unknown newest value as a number', async () => {
    const element = await sparkline({ values: [5, 0], valid: [true, false] });
    expect(textOf(element, '.current')).to.equal('–');
    element.valid = undefined;
    element.values = [5, Number.NaN];
    await drawn();
    expect(textOf(element, '.current')).to.equal('–');
  });

  it('stays quiet without data', async () => {
    for (const values of [undefined, [], [Number.NaN, Number.NaN]]) {
      const element = await sparkline({ values });
      expect(pathOf(element)).to.equal('');
      expect([textOf(element, '.current'), textOf(element, '.range')]).to.deep.equal(['–', '']);
    }
  });

  it('keeps its size whatever it shows', async () => {
    const element = await sparkline();
    const { width, height } = element.getBoundingClientRect();
    for (const values of [[1], [0, 999_999.9], [Number.NaN], Array.from({ length: 20 }, (_, i) => i)]) {
      element.values = values;
      await drawn();
      const now = element.getBoundingClientRect();
      expect([now.width, now.height]).to.deep.equal([width, height]);
    }
  });

  it('follows a live series when it is told to refresh', async () => {
    const series = new ModelSeries();
    series.push({ tokensPerSecond: 10, memoryGb: null, latencyMs: null });
    const element = await sparkline({ series: series.tokensPerSecond });
    expect(textOf(element, '.current')).to.equal('10.0 t/s');
    series.push({ tokensPerSecond: 20, memoryGb: null, latencyMs: null });
    await drawn();
    expect(textOf(element, '.current')).to.equal('10.0 t/s');
    element.refresh();
    await drawn();
    expect(textOf(element, '.current')).to.equal('20.0 t/s');
  });

  it('writes nothing when nothing changed', async () => {
    const element = await sparkline({ values: [1, 2, 3] });
    const writes = await writesDuring(element, () => {
      element.values = [1, 2, 3];
      element.refresh();
    });
    expect(writes).to.equal(0);
  });

  it('writes the path and the texts that changed, and no more', async () => {
    const element = await sparkline({ values: [1, 4, 2] });
    const writes = await writesDuring(element, () => {
      element.values = [1, 4, 3];
    });
    expect(writes).to.equal(2);
  });

  it('draws once a frame for many calls', async () => {
    const series = new ModelSeries();
    const element = await sparkline({ series: series.latencyMs, metric: 'latencyMs' });
    let draws = 0;
    const draw = element.draw.bind(element);
    element.draw = () => {
      draws += 1;
      draw();
    };
    for (let i = 0; i < 100; i++) {
      series.push({ tokensPerSecond: null, memoryGb: null, latencyMs: i });
      element.refresh();
    }
    expect(draws).to.equal(0);
    await drawn();
    expect(draws).to.equal(1);
    expect(textOf(element, '.current')).to.equal('99 ms');
  });

  it('is not written while it is off screen, and catches up when it comes in', async () => {
    const page = await fixture<HTMLElement>(html`
      <div style="height: 300px; overflow: auto">
        <div style="height: 20000px"></div>
        <model-sparkline></model-sparkline>
      </div>
    `);
    const element = page.querySelector('model-sparkline') as ModelSparkline;
    await drawn(4);
    const writes = await writesDuring(element, () => {
      element.values = [1, 2, 3];
      element.refresh();
    });
    expect(writes).to.equal(0);
    element.scrollIntoView();
    await drawn(4);
    expect(textOf(element, '.current')).to.equal('3.0 t/s');
  });

  it('is not drawn after it left the page, and is when it comes back', async () => {
    const element = await sparkline({ values: [1] });
    const parent = element.parentElement as HTMLElement;
    element.values = [2];
    await element.updateComplete;
    element.remove();
    const writes = await writesDuring(element, () => element.refresh());
    expect(writes).to.equal(0);
    parent.append(element);
    await drawn();
    expect(textOf(element, '.current')).to.equal('2.0 t/s');
  });

  it('shows the model of its id under a provider', async () => {
    const hub = new SimulatedHub([simulatedModel({ modelId: 'a', state: 'ready' })]);
    const provider = await fixture(html`
      <corral-provider .hub=${hub}><model-sparkline model-id="a" metric="latencyMs"></model-sparkline></corral-provider>
    `);
    const element = provider.querySelector('model-sparkline') as ModelSparkline;
    await drawn();
    expect(textOf(element, '.current')).to.equal('–');
    hub.sample({ a: { tokensPerSecond: 1, memoryGb: 2, latencyMs: 3 } });
    await drawn();
    expect(textOf(element, '.current')).to.equal('3 ms');
    hub.setModels([]);
    await drawn();
    expect(textOf(element, '.current')).to.equal('–');
  });

  it('prefers values to a series, and a series to the provider', async () => {
    const hub = new SimulatedHub([simulatedModel({ modelId: 'a' })]);
    hub.sample({ a: { tokensPerSecond: 1, memoryGb: 1, latencyMs: 1 } });
    const series = new ModelSeries();
    series.push({ tokensPerSecond: 2, memoryGb: 2, latencyMs: 2 });
    const provider = await fixture(html`
      <corral-provider .hub=${hub}><model-sparkline model-id="a"></model-sparkline></corral-provider>
    `);
    const element = provider.querySelector('model-sparkline') as ModelSparkline;
    const shown = async (): Promise<string> => {
      await drawn();
      return textOf(element, '.current');
    };
    expect(await shown()).to.equal('1.0 t/s');
    element.series = series.tokensPerSecond;
    expect(await shown()).to.equal('2.0 t/s');
    element.values = [3];
    expect(await shown()).to.equal('3.0 t/s');
  });

  it('leaves no subscription after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub([simulatedModel({ modelId: 'a' })]);
    const provider = await fixture<HTMLElement>(html`<corral-provider .hub=${hub}></corral-provider>`);
    const element = document.createElement('model-sparkline');
    element.modelId = 'a';
    for (let i = 0; i < 1000; i++) {
      provider.append(element);
      element.remove();
    }
    await drawn();
    expect(hub.listenerCount).to.equal(0);
    provider.append(element);
    await drawn();
    const once = hub.listenerCount;
    expect(once).to.be.greaterThan(0);
    provider.prepend(element);
    await drawn();
    expect(hub.listenerCount).to.equal(once);
  });

  it('shows hostile labels, metrics and variants as text and styles nothing with them', async () => {
    const element = await sparkline({ values: [1, 2] });
    const count = element.shadowRoot?.querySelectorAll('*').length;
    const style = element.getAttribute('style');
    for (const text of hostileTexts) {
      element.label = text;
      element.metric = text as ModelMetric;
      element.variant = text as 'line';
      await element.updateComplete;
      expect(inside(element, '.label').textContent).to.equal(text);
      expect(element.shadowRoot?.querySelectorAll('*').length).to.equal(count);
      expect(element.getAttribute('style')).to.equal(style);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(
        theme,
        html`
          <model-sparkline .values=${[1, 2, 3]}></model-sparkline>
          <model-sparkline metric="memoryGb" variant="bars" .values=${[1, 2, 3]}></model-sparkline>
          <model-sparkline metric="latencyMs" variant="ascii" .values=${[1, 2, 3]}></model-sparkline>
          <model-sparkline .values=${[1, 0, 3]} .valid=${[true, false, true]}></model-sparkline>
          <model-sparkline></model-sparkline>
        `,
      );
      await drawn();
      await expect(page).to.be.accessible();
    });
  }

  it('says what it shows in text alone', async () => {
    const element = await sparkline({ values: [1, 2, 3] });
    for (const drawing of ['svg', 'pre'])
      expect(inside(element, drawing)).to.have.attribute('aria-hidden', 'true');
  });
});
