import type { ModelTelemetryEntry } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelTelemetryPanel } from './model-telemetry.js';
import { latencyText, shareText } from './telemetry-texts.js';

const entry = (facts: Partial<ModelTelemetryEntry> = {}): ModelTelemetryEntry => ({
  model: 'gpt-5-mini',
  provider: 'openai',
  callCount: 1284,
  failureCount: 9,
  cancelledCount: 2,
  successRate: 1275 / 1284,
  trustFactor: 0.9874,
  avgLatencyMs: 640,
  latencyP95Ms: 1536,
  avgTtftMs: 128.4,
  avgTokensPerSecond: 46,
  avgCostUsd: 0.0011,
  costPer1mInput: 0.25,
  costPer1mOutput: 2,
  lastCallAt: '2026-01-01T00:00:00.000Z',
  ...facts,
});
const unknown: Partial<ModelTelemetryEntry> = {
  successRate: null,
  trustFactor: null,
  avgLatencyMs: null,
  latencyP95Ms: null,
  avgTtftMs: null,
  avgTokensPerSecond: null,
  avgCostUsd: null,
  costPer1mInput: null,
  costPer1mOutput: null,
  lastCallAt: null,
};
const several = [
  entry(),
  entry({ provider: 'kimi', model: 'kimi-k2', costPer1mInput: 0.5, avgLatencyMs: 1280 }),
  entry({ provider: 'anthropic', model: 'model-10', ...unknown }),
  entry({ provider: 'anthropic', model: 'model-9' }),
  entry({ provider: 'llama-server', model: 'llama', costPer1mInput: 0, avgLatencyMs: 0 }),
];

type Variant = ModelTelemetryPanel['variant'];

async function panel(
  telemetry: readonly ModelTelemetryEntry[],
  variant: Variant = 'cards',
): Promise<ModelTelemetryPanel> {
  const element = await fixture<ModelTelemetryPanel>(
    html`<model-telemetry variant=${variant} .telemetry=${telemetry}></model-telemetry>`,
  );
  await drawn();
  return element;
}

async function under(hub: SimulatedHub): Promise<ModelTelemetryPanel> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><model-telemetry></model-telemetry></corral-provider>`,
  );
  await drawn(4);
  return provider.querySelector('model-telemetry') as ModelTelemetryPanel;
}

const all = (element: Element, selector: string): HTMLElement[] => [
  ...(element.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? []),
];
const texts = (element: Element, selector: string): string[] =>
  all(element, selector).map((one) => one.textContent.replace(/\s+/g, ' ').trim());
const facts = (element: Element): Record<string, string> =>
  Object.fromEntries(
    all(element, 'dl > div').map((row) => [
      row.querySelector('dt')?.textContent ?? '',
      row.querySelector('dd')?.textContent ?? '',
    ]),
  );

describe('<model-telemetry>', () => {
  keepConsoleQuiet();

  it('says of a model how often it succeeds, how fast it is and what it costs', async () => {
    const element = await panel([entry()]);
    expect([textOf(element, 'h4'), textOf(element, '.provider')]).to.deep.equal(['gpt-5-mini', 'openai']);
    expect(texts(element, '.share')).to.deep.equal(['Success 99.2%', 'Trust 0.987']);
    expect(facts(element)).to.deep.equal({
      Latency: '640ms',
      p95: '1.54s',
      TTFT: '128ms',
      Speed: '46.0 t/s',
      Calls: '1,284',
      Failures: '9',
      'Avg cost': '$0.0011',
      '$/1M in': '$0.25',
      '$/1M out': '$2.00',
    });
    const meters = all(element, '[role=meter]');
    expect(meters.map((one) => [one.ariaLabel, one.ariaValueNow, one.ariaValueText])).to.deep.equal([
      ['Success of gpt-5-mini', '99', '99.2%'],
      ['Trust of gpt-5-mini', '99', '0.987'],
    ]);
  });

  it('says N/A where nothing is known, and draws no bar', async () => {
    const element = await panel([entry({ ...unknown, callCount: 3, failureCount: 0 })]);
    expect(all(element, '[role=meter]').length).to.equal(0);
    expect(Object.values(facts(element))).to.deep.equal([
      'N/A',
      'N/A',
      'N/A',
      'N/A',
      '3',
      '0',
      'N/A',
      'N/A',
      'N/A',
    ]);
  });

  it('rounds no failure away', () => {
    expect([0.99996, 1, 0.9999, 0.5, 0, null].map(shareText)).to.deep.equal([
      '99.9%',
      '100%',
      '99.9%',
      '50%',
      '0%',
      'N/A',
    ]);
    expect([0.4, 999.4, 999.6, 12_340, null].map(latencyText)).to.deep.equal([
      '0ms',
      '999ms',
      '1s',
      '12.34s',
      'N/A',
    ]);
  });

  for (const variant of ['cards', 'charts', 'compact'] as const) {
    it(`orders ${variant} by provider, then by model`, async () => {
      const element = await panel(several, variant);
      const selector = { cards: 'h4', charts: 'table:first-child tbody th', compact: 'tbody th' }[variant];
      expect(texts(element, selector).slice(0, 5)).to.deep.equal([
        'model-9',
        'model-10',
        'kimi-k2',
        'llama',
        'gpt-5-mini',
      ]);
    });
  }

  it('draws what tokens cost and how long answers take, and writes the values', async () => {
    const element = await panel(several, 'charts');
    expect(texts(element, 'caption')).to.deep.equal(['Cost of 1M tokens in', 'Average latency']);
    const rows = all(element, 'tbody tr').map((row) => [
      row.querySelector('.track')?.getAttribute('data-provider') ?? 'none',
      (row.querySelector<HTMLElement>('.track > span')?.style.getPropertyValue('--_share') ?? '').slice(0, 4),
      row.querySelector('.value')?.textContent ?? '',
    ]);
    expect(rows).to.deep.equal([
      ['anthropic', '0.5', '$0.25'],
      ['none', '', 'N/A'],
      ['kimi', '1', '$0.50'],
      ['other', '0', '$0.00'],
      ['openai', '0.5', '$0.25'],
      ['anthropic', '0.5', '640ms'],
      ['none', '', 'N/A'],
      ['kimi', '1', '1.28s'],
      ['other', '0', '0ms'],
      ['openai', '0.5', '640ms'],
    ]);
    expect(texts(element, '.legend li')).to.deep.equal(['anthropic', 'kimi', 'llama-server', 'openai']);
  });

  it('gives each provider its colour', async () => {
    const providers = ['anthropic', 'deepseek', 'google', 'kimi', 'OpenAI', 'constructor'];
    const element = await panel(providers.map((provider) => entry({ provider })));
    const colors = new Map(
      all(element, 'article').map((card) => [
        card.querySelector('.provider')?.textContent,
        getComputedStyle(card).borderInlineStartColor,
      ]),
    );
    expect(providers.map((provider) => colors.get(provider))).to.deep.equal([
      'rgb(217, 119, 6)',
      'rgb(239, 68, 68)',
      'rgb(59, 130, 246)',
      'rgb(139, 92, 246)',
      'rgb(16, 185, 129)',
      'rgb(141, 141, 141)',
    ]);
  });

  it('keeps hostile texts as texts', async () => {
    for (const variant of ['cards', 'charts', 'compact'] as const) {
      const count = allElements(await panel([entry()], variant)).length;
      for (const text of hostileTexts) {
        const element = await panel([entry({ model: text, provider: text })], variant);
        expect(inside(element, variant === 'cards' ? 'h4' : 'tbody th').textContent).to.equal(text);
        expect(allElements(element).length).to.equal(count);
        expect(element.scrollWidth, text).to.be.at.most(element.clientWidth + 1);
      }
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('shows what the hub knows, and what comes, once a frame', async () => {
    const hub = new SimulatedHub();
    const element = await under(hub);
    expect(textOf(element, '.blank')).to.contain('No calls yet.');
    let draws = 0;
    const draw = element.draw.bind(element);
    element.draw = () => {
      draws += 1;
      draw();
    };
    for (let callCount = 1; callCount <= 30; callCount++) hub.setTelemetry([entry({ callCount })]);
    await drawn();
    expect([draws, facts(element)['Calls']]).to.deep.equal([1, '30']);
    hub.setConnection('reconnecting');
    await drawn();
    expect(inside(element, 'section').hasAttribute('data-stale')).to.equal(true);
  });

  it('takes no place while no calls are known, if the page wants it so', async () => {
    const element = await panel([]);
    expect(element.getBoundingClientRect().height).to.be.greaterThan(0);
    element.hideEmpty = true;
    await drawn();
    expect(element.getBoundingClientRect().height).to.equal(0);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub();
    hub.setTelemetry([entry()]);
    const element = await under(hub);
    const provider = element.parentElement as HTMLElement;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      provider.append(element);
    }
    await drawn();
    expect(texts(element, 'h4')).to.deep.equal(['gpt-5-mini']);
    element.remove();
    expect(hub.listenerCount).to.equal(0);
  });

  for (const theme of themes) {
    it(`has no accessibility violations in the ${theme} theme`, async () => {
      const page = await themedFixture(
        theme,
        html`
          ${(['cards', 'charts', 'compact'] as const).map(
            (variant) => html`<model-telemetry variant=${variant} .telemetry=${several}></model-telemetry>`,
          )}
        `,
      );
      await drawn(4);
      await expect(page).to.be.accessible();
    });
  }
});
