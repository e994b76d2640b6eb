import type { MetricsSnapshot } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { MetricsPanel } from './metrics-panel.js';
import { cpuWindow, snapshot } from './snapshots.fixture.js';

const full = {
  cpuUtilization: 37.04,
  ramUsed: 31.2e9,
  ramTotal: 64e9,
  gpuUtilization: 48,
  gpuMemoryUsed: 12e9,
  gpuMemoryTotal: 24e9,
  gpuTemperature: 61,
  queueDepth: 2,
};

async function panel(snapshots: readonly MetricsSnapshot[], hostId?: string): Promise<MetricsPanel> {
  const element = await fixture<MetricsPanel>(html`<metrics-panel .snapshots=${snapshots}></metrics-panel>`);
  if (hostId !== undefined) element.backendId = hostId;
  await drawn();
  return element;
}

async function under(hub: SimulatedHub): Promise<MetricsPanel> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><metrics-panel></metrics-panel></corral-provider>`,
  );
  await drawn();
  return provider.querySelector('metrics-panel') as MetricsPanel;
}

const tiles = (element: Element): Element[] => [...(element.shadowRoot?.querySelectorAll('article') ?? [])];
const rowsOf = (tile: Element | undefined): string[] =>
  [...(tile?.querySelectorAll('dl > div') ?? [])].map(
    (row) => `${row.querySelector('dt')?.textContent}: ${row.querySelector('b')?.textContent}`,
  );
const pathIn = (element: Element, field: string): string =>
  inside(element, `[data-field=${field}] path`).getAttribute('d') ?? '';

describe('<metrics-panel>', () => {
  keepConsoleQuiet();

  it('shows every number of a backend with its unit', async () => {
    const element = await panel([snapshot('box', full)]);
    expect(textOf(element, 'h3')).to.equal('box');
    expect(rowsOf(tiles(element)[0])).to.deep.equal([
      'CPU: 37.0%',
      'RAM: 31.2 / 64.0 GB',
      'GPU: 48.0%',
      'GPU memory: 12.0 / 24.0 GB',
      'GPU temp: 61°C',
      'Queue: 2 requests',
    ]);
  });

  it('draws shares as bars as long as they are, and no others', async () => {
    const element = await panel([snapshot('box', { ...full, cpuUtilization: 250 })]);
    const width = (field: string): string | null | undefined =>
      element.shadowRoot?.querySelector(`[data-field=${field}] rect`)?.getAttribute('width');
    expect(width('ramUsed')).to.equal('48.8');
    expect(width('cpuUtilization')).to.equal('100.0');
    expect(width('gpuTemperature')).to.equal(undefined);
    expect(element.shadowRoot?.querySelectorAll('.bar').length).to.equal(4);
  });

  it('leaves out what a backend has never known, and says N/A for what it no longer knows', async () => {
    const element = await panel([
      snapshot('box', { cpuUtilization: 5, ramTotal: 8e9 }),
      snapshot('queue', { queueDepth: 0 }),
    ]);
    expect(tiles(element).map(rowsOf)).to.deep.equal([
      ['CPU: 5.0%', 'RAM: N/A / 8.0 GB'],
      ['Queue: 0 requests'],
    ]);
    element.snapshots = [snapshot('box', {}, 1), snapshot('queue', {}, 1)];
    await drawn();
    expect(tiles(element).map(rowsOf)).to.deep.equal([['CPU: N/A', 'RAM: N/A'], ['Queue: N/A']]);
    expect(element.shadowRoot?.textContent).not.to.match(/\b0(\.0)?\b/);
    expect(element.shadowRoot?.querySelectorAll('rect').length).to.equal(0);
  });

  it('says in words why there are no numbers', async () => {
    const element = await panel([snapshot('box', { error: 'It did not answer in 800 ms' })]);
    expect(textOf(element, '.problem')).to.equal('No numbers: It did not answer in 800 ms');
    expect(element.shadowRoot?.querySelectorAll('dl').length).to.equal(0);
  });

  it('shows one host alone', async () => {
    const element = await panel([snapshot('a', full), snapshot('b', full)], 'b');
    expect(tiles(element).length).to.equal(1);
    expect(textOf(element, 'h3')).to.equal('b');
    element.backendId = 'c';
    await drawn();
    expect(textOf(element, '.empty')).to.equal('Nothing is known of this host.');
  });

  it('moves a trend on with each list of snapshots, and leaves gaps where nothing was known', async () => {
    const element = await panel([snapshot('a', { cpuUtilization: 0 })]);
    for (const [index, value] of [50, null, 100, 100].entries()) {
      element.snapshots = [snapshot('a', { cpuUtilization: value }, index + 1)];
      await element.updateComplete;
    }
    expect(pathIn(element, 'cpuUtilization')).to.equal('M15 96 16 50M18 4 19 4');
  });

  it('says why it is empty', async () => {
    expect(textOf(await panel([]), '.empty')).to.equal('No numbers of hosts yet.');
    const lonely = await fixture<MetricsPanel>(html`<metrics-panel></metrics-panel>`);
    expect(textOf(lonely, '.empty')).to.equal('No hub to show numbers of.');
    expect(textOf(await under(new SimulatedHub()), '.empty')).to.equal('No numbers of hosts yet.');
  });

  it('shows the backends of its hub, begins with their past, and follows them', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', [0, 100])]);
    hub.fleet.collect([snapshot('a', { cpuUtilization: 50 }, 2)]);
    const element = await under(hub);
    expect(pathIn(element, 'cpuUtilization')).to.equal('M17 96 18 4 19 50');
    hub.fleet.collect([snapshot('a', { cpuUtilization: 0 }, 3)]);
    await drawn();
    expect(pathIn(element, 'cpuUtilization')).to.equal('M16 96 17 4 18 50 19 96');
    expect(rowsOf(tiles(element)[0])).to.deep.equal(['CPU: 0.0%']);
  });

  it('is grey while its hub is away', async () => {
    const hub = new SimulatedHub();
    hub.fleet.collect([snapshot('a', { cpuUtilization: 50 })]);
    const element = await under(hub);
    expect(inside(element, '.tiles').hasAttribute('data-stale')).to.equal(false);
    hub.setConnection('reconnecting');
    await drawn();
    expect(inside(element, '.tiles').hasAttribute('data-stale')).to.equal(true);
    hub.setConnection('live');
    await drawn();
    expect(inside(element, '.tiles').hasAttribute('data-stale')).to.equal(false);
  });

  it('works where the past cannot be had', async () => {
    const hub = new SimulatedHub();
    hub.metricsWindow = () => Promise.reject(new Error('gone'));
    hub.fleet.collect([snapshot('a', { cpuUtilization: 50 }, 2)]);
    expect(rowsOf(tiles(await under(hub))[0])).to.deep.equal(['CPU: 50.0%']);
  });

  it('is written once a frame, and not while it is off screen', async () => {
    const hub = new SimulatedHub();
    hub.fleet.collect([snapshot('a', { cpuUtilization: 1 })]);
    const page = await fixture<HTMLElement>(html`
      <corral-provider .hub=${hub}>
        <div style="height: 300px; overflow: auto">
          <metrics-panel></metrics-panel>
          <div style="height: 20000px"></div>
        </div>
      </corral-provider>
    `);
    const element = page.querySelector('metrics-panel') as MetricsPanel;
    await drawn(4);
    let draws = 0;
    const draw = element.draw.bind(element);
    element.draw = () => {
      draws += 1;
      draw();
    };
    for (let i = 1; i <= 50; i++) hub.fleet.collect([snapshot('a', { cpuUtilization: i }, i)]);
    expect(draws).to.equal(0);
    await drawn();
    expect([draws, rowsOf(tiles(element)[0])]).to.deep.equal([1, ['CPU: 50.0%']]);
    (page.querySelector('div') as Element).scrollTop = 20_000;
    await drawn(4);
    hub.fleet.collect([snapshot('a', { cpuUtilization: 99 }, 60)]);
    await drawn();
    expect(rowsOf(tiles(element)[0])).to.deep.equal(['CPU: 50.0%']);
    (page.querySelector('div') as Element).scrollTop = 0;
    await drawn(4);
    expect(rowsOf(tiles(element)[0])).to.deep.equal(['CPU: 99.0%']);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub();
    const element = await under(hub);
    const provider = element.parentElement as HTMLElement;
    const alive = hub.listenerCount;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      provider.append(element);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    element.remove();
    await drawn();
    expect(hub.listenerCount).to.equal(0);
  });

  it('I66: shows hostile names and errors as text', async () => {
    const element = await panel([snapshot('a', { cpuUtilization: 1, error: 'x' })]);
    const count = allElements(element.shadowRoot as ShadowRoot).length;
    for (const text of hostileTexts) {
      element.snapshots = [snapshot(text, { cpuUtilization: 1, name: text, error: text })];
      await element.updateComplete;
      expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(count);
      expect(inside(element, 'h3').textContent).to.equal(text);
      expect(inside(element, '.problem').textContent).to.equal(`No numbers: ${text}`);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('fits into 320 px', async () => {
    const page = await fixture<HTMLElement>(html`<div style="width: 320px"></div>`);
    const element = document.createElement('metrics-panel');
    element.snapshots = [
      snapshot('a'.repeat(200), { ...full, ramUsed: 1021e9, ramTotal: 2048e9, error: 'e'.repeat(200) }),
    ];
    page.append(element);
    await drawn();
    for (const part of allElements(element.shadowRoot as ShadowRoot))
      expect(part.getBoundingClientRect().right, part.outerHTML.slice(0, 80)).to.be.at.most(
        page.getBoundingClientRect().right + 0.5,
      );
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(
        theme,
        html`
          <metrics-panel .snapshots=${[snapshot('a', full), snapshot('b', { error: 'gone' }), snapshot('c', { ramTotal: 1e9 })]}></metrics-panel>
          <metrics-panel .snapshots=${[]}></metrics-panel>
        `,
      );
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});
