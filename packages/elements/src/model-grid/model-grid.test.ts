import { type Endpoint, ModelSeries, type ModelStatus } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../corral-provider/define.js';
import type { ModelCard } from '../model-card/model-card.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts, randomText, seededRandom } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelGrid } from './model-grid.js';

const emptyText = 'No models discovered. Run discovery scan to find models.';
const models = (count: number, facts: Partial<ModelStatus> = {}): ModelStatus[] =>
  Array.from({ length: count }, (_, i) => simulatedModel({ modelId: `m${i}`, ...facts }));

const cards = (grid: ModelGrid): ModelCard[] => [...(grid.shadowRoot?.querySelectorAll('model-card') ?? [])];
const names = (grid: ModelGrid): string[] => cards(grid).map((card) => textOf(card, 'h3'));

async function gridOf(list: readonly ModelStatus[], width?: number): Promise<ModelGrid> {
  const element = await fixture<ModelGrid>(html`<model-grid .models=${list}></model-grid>`);
  if (width !== undefined) element.style.width = `${width}px`;
  await drawn();
  return element;
}

async function underHub(hub: SimulatedHub): Promise<ModelGrid> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><model-grid></model-grid></corral-provider>`,
  );
  await drawn();
  return provider.querySelector('model-grid') as ModelGrid;
}

describe('<model-grid>', () => {
  keepConsoleQuiet();

  describe('its columns', () => {
    for (const [width, columns] of [
      [1600, 3],
      [1400, 3],
      [1399, 2],
      [900, 2],
      [899, 1],
      [420, 1],
      [300, 1],
    ] as const) {
      it(`are ${columns} in ${width} px of its own`, async () => {
        const grid = await gridOf(models(4), width);
        const lefts = new Set(cards(grid).map((card) => Math.round(card.getBoundingClientRect().left)));
        expect(lefts.size).to.equal(columns);
      });
    }

    it('are at least 320 px wide where there is room, and never wider than the grid', async () => {
      for (const width of [1400, 900, 320, 280]) {
        const grid = await gridOf(models(4), width);
        for (const card of cards(grid)) {
          expect(card.getBoundingClientRect().width).to.be.at.least(Math.min(320, width) - 0.5);
          expect(card.getBoundingClientRect().right).to.be.at.most(grid.getBoundingClientRect().right + 0.5);
        }
      }
    });
  });

  it('sorts by tier, then by filename, with overrides', async () => {
    const grid = await gridOf([
      simulatedModel({ modelId: '1', filename: 'z.gguf', assignedTier: 'powerful' }),
      simulatedModel({ modelId: '2', filename: 'b.gguf', assignedTier: 'fast' }),
      simulatedModel({ modelId: '3', filename: 'a.gguf', assignedTier: 'balanced' }),
      simulatedModel({ modelId: '4', filename: 'c.gguf', assignedTier: 'powerful', tierOverride: 'fast' }),
      simulatedModel({ modelId: '5', filename: 'a.gguf', assignedTier: 'fast' }),
    ]);
    expect(names(grid)).to.deep.equal(['a.gguf', 'b.gguf', 'c.gguf', 'a.gguf', 'z.gguf']);
  });

  it('leaves the given list as it is', async () => {
    const list = Object.freeze([
      simulatedModel({ modelId: 'b', assignedTier: 'powerful' }),
      simulatedModel({ modelId: 'a' }),
    ]);
    const grid = await gridOf(list);
    expect(names(grid)).to.deep.equal(['a.gguf', 'b.gguf']);
  });

  it('says what to do when there are no models', async () => {
    const grid = await gridOf([]);
    expect(textOf(grid, '[part=empty]')).to.equal(emptyText);
    expect(inside(grid, '[part=cards]').getClientRects().length).to.equal(0);
    const hub = await underHub(new SimulatedHub());
    expect(textOf(hub, '[part=empty]')).to.equal(emptyText);
  });

  it('says nothing of missing models while it still connects', async () => {
    const hub = new SimulatedHub();
    hub.setConnection('connecting');
    const grid = await underHub(hub);
    expect(textOf(grid, '[part=empty]')).to.equal('Looking for models…');
    hub.setConnection('live');
    await drawn();
    expect(textOf(grid, '[part=empty]')).to.equal(emptyText);
  });

  it('shows what the page puts in place of the empty text', async () => {
    const grid = await fixture<ModelGrid>(
      html`<model-grid .models=${[]}><b slot="empty">Nothing here</b></model-grid>`,
    );
    expect(grid.firstElementChild?.getClientRects().length).to.be.greaterThan(0);
    expect(inside(grid, '[part=empty]').getClientRects().length).to.equal(0);
  });

  it('counts models and active ones', async () => {
    const grid = await gridOf([...models(2), simulatedModel({ modelId: 'x', state: 'ready' })]);
    expect(textOf(grid, '[part=summary] > :first-child')).to.equal('3 models, 1 active');
    grid.models = models(1);
    await drawn();
    expect(textOf(grid, '[part=summary] > :first-child')).to.equal('1 model, 0 active');
  });

  for (const [connection, text] of [
    ['connecting', 'Connecting…'],
    ['live', 'Live'],
    ['reconnecting', 'Reconnecting… these are the last known numbers'],
    ['closed', 'Not connected'],
  ] as const) {
    it(`says “${text}” when the hub is ${connection}`, async () => {
      const hub = new SimulatedHub(models(1));
      const grid = await underHub(hub);
      hub.setConnection(connection);
      await drawn();
      expect(textOf(grid, '.connection')).to.equal(text);
      expect(inside(grid, '.connection').hasAttribute('data-lost')).to.equal(connection !== 'live');
    });
  }

  it('says nothing of a connection for a list of its own', async () => {
    expect(textOf(await gridOf(models(1)), '.connection')).to.equal('');
  });

  it('names the files that were left out, with the reason', async () => {
    const hub = new SimulatedHub();
    const grid = await underHub(hub);
    hub.setModels([], [{ filename: 'broken.gguf', code: 'incomplete', reason: 'The file is cut short' }]);
    await drawn();
    expect(textOf(grid, '.rejected')).to.equal('broken.gguf The file is cut short');
  });

  describe('its cards', () => {
    it('are the same ones across updates, sorting and other models', async () => {
      const hub = new SimulatedHub(models(3));
      const grid = await underHub(hub);
      const before = cards(grid);
      before[1]?.setAttribute('settings-open', '');
      hub.setModels([...models(3).reverse(), simulatedModel({ modelId: 'a0' })]);
      hub.wave(3);
      await drawn();
      const after = cards(grid);
      expect(after.length).to.equal(4);
      expect(after.slice(1).every((card, i) => card === before[i])).to.equal(true);
      expect(after[2]?.settingsOpen).to.equal(true);
    });

    it('go with their model', async () => {
      const hub = new SimulatedHub(models(3));
      const grid = await underHub(hub);
      const [first] = cards(grid);
      hub.setModels(models(3).slice(1));
      await drawn();
      expect(names(grid)).to.deep.equal(['m1.gguf', 'm2.gguf']);
      expect(first?.isConnected).to.equal(false);
      hub.setModels(models(3));
      await drawn();
      expect(cards(grid)[0] === first).to.equal(false);
    });

    it('follow the hub', async () => {
      const hub = new SimulatedHub(models(2));
      const grid = await underHub(hub);
      hub.setState('m1', 'ready');
      hub.sample({ m1: { tokensPerSecond: 12.34, memoryGb: 1, latencyMs: 2 } });
      await drawn();
      const card = cards(grid)[1] as ModelCard;
      expect(textOf(card, 'strong')).to.equal('ACTIVE');
      expect(textOf(inside(card, 'model-sparkline'), '.current')).to.equal('12.3 t/s');
    });

    it('take their windows from `metrics` for a list of its own', async () => {
      const series = new ModelSeries();
      series.push({ tokensPerSecond: 5, memoryGb: 1, latencyMs: 2 });
      const grid = await gridOf(models(2));
      grid.metrics = [series.toWire('m1')];
      await drawn();
      expect(cards(grid).map((card) => textOf(inside(card, 'model-sparkline'), '.current'))).to.deep.equal([
        '–',
        '5.0 t/s',
      ]);
    });

    it('wish to the provider', async () => {
      const hub = new SimulatedHub(models(2));
      const grid = await underHub(hub);
      inside<HTMLButtonElement>(cards(grid)[1] as ModelCard, '.start').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['start m1']);
      expect(textOf(cards(grid)[1] as ModelCard, 'strong')).to.equal('ACTIVE');
    });

    it('keep the focus while everything around them changes', async () => {
      const hub = new SimulatedHub(models(3));
      const grid = await underHub(hub);
      const card = cards(grid)[1] as ModelCard;
      inside(card, '.settings').focus();
      hub.wave(5);
      hub.update('m0', { requestCount: 3 });
      hub.setState('m2', 'failed');
      await drawn();
      expect(grid.shadowRoot?.activeElement === card).to.equal(true);
      expect(card.shadowRoot?.activeElement?.className).to.equal('quiet settings');
    });
  });

  it('updates once a frame, however many events come', async () => {
    const hub = new SimulatedHub(models(12, { state: 'ready' }));
    const grid = await underHub(hub);
    let renders = 0;
    grid.addController({ hostUpdated: () => void (renders += 1) });
    for (let i = 0; i < 20; i++) {
      hub.wave();
      for (const { modelId } of hub.models()) hub.update(modelId, { requestCount: i });
    }
    await drawn();
    // Numbers go to the cards alone; the grid as a whole is made anew only when the order or a count may change.
    expect(renders).to.equal(0);
    for (const { modelId } of hub.models()) hub.setState(modelId, 'stopping');
    await drawn();
    expect(renders).to.equal(1);
  });

  describe('its toolbar', () => {
    const button = (grid: ModelGrid, name: string): HTMLButtonElement => inside(grid, `.buttons .${name}`);
    const progress = (grid: ModelGrid): string => textOf(grid, '.progress');

    it('turns RE-SCAN, START ALL and STOP ALL into commands', async () => {
      const hub = new SimulatedHub(models(3));
      const grid = await underHub(hub);
      button(grid, 'rescan').click();
      button(grid, 'start-all').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['rescan', 'start-all']);
      button(grid, 'stop-all').click();
      await drawn();
      expect(hub.commands.length).to.equal(2);
      expect(textOf(grid, '.confirm p')).to.equal('Stop 3 running models?');
      expect(grid.shadowRoot?.activeElement?.className).to.equal('cancel');
      await sendKeys({ press: 'Escape' });
      await drawn();
      expect(grid.shadowRoot?.activeElement?.className).to.contain('stop-all');
      button(grid, 'stop-all').click();
      await drawn();
      inside<HTMLButtonElement>(grid, '.confirm .danger').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['rescan', 'start-all', 'stop-all']);
    });

    it('offers nothing that would do nothing', async () => {
      const hub = new SimulatedHub(models(2));
      const grid = await underHub(hub);
      expect(button(grid, 'stop-all').ariaDisabled).to.equal('true');
      button(grid, 'stop-all').click();
      await drawn();
      expect(grid.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
      hub.setModels(models(2, { enabled: false }));
      await drawn();
      button(grid, 'start-all').click();
      expect(hub.commands).to.deep.equal([]);
    });

    it('says how far things have come', async () => {
      const hub = new SimulatedHub(models(2));
      const grid = await underHub(hub);
      expect(progress(grid)).to.equal('');
      hub.setActivity({ scan: { done: 34, total: 200 }, bulk: null });
      await drawn();
      expect(progress(grid)).to.equal('Scanning 34 of 200');
      expect(button(grid, 'rescan').ariaBusy).to.equal('true');
      hub.setActivity({ scan: null, bulk: { action: 'start', done: 2, total: 5, failed: 1 } });
      await drawn();
      expect(progress(grid)).to.equal('Starting 2 of 5, 1 failed');
      hub.setActivity({ scan: null, bulk: { action: 'stop', done: 5, total: 5, failed: 2 } });
      hub.setActivity({ scan: null, bulk: null });
      hub.setState('m0', 'failed');
      await drawn();
      expect(progress(grid)).to.equal('');
      expect(textOf(grid, '[role=alert]')).to.equal('2 of 5 models did not stop');
    });

    it('shows why an action was refused', async () => {
      const hub = Object.assign(new SimulatedHub(models(1)), {
        rescanModels: () => Promise.reject(new Error('The folder is gone')),
      });
      const grid = await underHub(hub);
      button(grid, 'rescan').click();
      await drawn();
      expect(textOf(grid, '[role=alert]')).to.equal('The folder is gone');
      expect(button(grid, 'rescan').ariaBusy).to.equal('false');
    });
  });

  describe('its choice', () => {
    const gguf = {
      name: null,
      parameterCount: 1,
      contextLength: null,
      layerCount: null,
      shardCount: 1,
    };
    const list = [
      simulatedModel({
        modelId: 'a',
        filename: 'alpha.gguf',
        state: 'ready',
        gguf: { ...gguf, architecture: 'llama', quantization: 'Q4_K_M' },
      }),
      simulatedModel({
        modelId: 'b',
        filename: 'beta.gguf',
        state: 'failed',
        gguf: { ...gguf, architecture: 'qwen2', quantization: 'Q8_0' },
      }),
      simulatedModel({ modelId: 'c', filename: 'gamma.gguf', assignedTier: 'powerful', state: 'ready' }),
    ];
    const search = async (grid: ModelGrid, text: string): Promise<void> => {
      const field = inside<HTMLInputElement>(grid, '.search');
      field.value = text;
      field.dispatchEvent(new Event('input'));
      await drawn();
    };
    const choose = async (grid: ModelGrid, name: string, value: string): Promise<void> => {
      const select = inside<HTMLSelectElement>(grid, `.${name}`);
      select.value = value;
      select.dispatchEvent(new Event('change'));
      await drawn();
    };

    it('finds by name, architecture and quantization', async () => {
      const grid = await gridOf(list);
      for (const [text, expected] of [
        ['ALPHA', ['alpha.gguf']],
        ['qwen', ['beta.gguf']],
        ['q4_k llama', ['alpha.gguf']],
        ['gguf', ['alpha.gguf', 'beta.gguf', 'gamma.gguf']],
      ] as const) {
        await search(grid, text);
        expect(names(grid), text).to.deep.equal(expected);
      }
    });

    it('says that nothing matches, in other words than that there is nothing', async () => {
      const grid = await gridOf(list);
      await search(grid, 'nothing like it');
      expect(textOf(grid, '.no-match p')).to.equal('No model matches what you search for.');
      expect(grid.shadowRoot?.querySelectorAll('[part=empty]').length).to.equal(0);
      inside<HTMLButtonElement>(grid, '.no-match button').click();
      await drawn();
      expect(names(grid).length).to.equal(3);
    });

    it('is reached with / and cleared with Escape', async () => {
      const grid = await gridOf(list);
      inside(grid, '[role=listitem]').focus();
      await sendKeys({ press: '/' });
      expect(grid.shadowRoot?.activeElement?.className).to.equal('search');
      await sendKeys({ type: 'be/ta' });
      await drawn();
      expect(inside<HTMLInputElement>(grid, '.search').value).to.equal('be/ta');
      await sendKeys({ press: 'Escape' });
      await drawn();
      expect(names(grid).length).to.equal(3);
    });

    it('leaves / to fields of the page', async () => {
      const grid = await gridOf(list);
      const field = document.createElement('input');
      grid.after(field);
      field.focus();
      await sendKeys({ press: '/' });
      expect(field.value).to.equal('/');
      field.remove();
    });

    it('filters by state, with counts', async () => {
      const grid = await gridOf(list);
      const options = [...inside<HTMLSelectElement>(grid, '.group').options].map(({ text }) => text);
      expect(options).to.deep.equal([
        'All (3)',
        'Active (2)',
        'Loading (0)',
        'Sleeping (0)',
        'Failed (1)',
        'Stopped (0)',
      ]);
      await choose(grid, 'group', 'failed');
      expect(names(grid)).to.deep.equal(['beta.gguf']);
    });

    it('sorts, with pinned ones first and unknown numbers last', async () => {
      const grid = await gridOf(list);
      const windows = [
        ['a', 5],
        ['c', 50],
      ] as const;
      grid.metrics = windows.map(([modelId, tokensPerSecond]) => {
        const series = new ModelSeries();
        series.push({ tokensPerSecond, memoryGb: 100 - tokensPerSecond, latencyMs: 1 });
        return series.toWire(modelId);
      });
      for (const [sort, expected] of [
        ['tokensPerSecond', ['gamma.gguf', 'alpha.gguf', 'beta.gguf']],
        ['memoryGb', ['alpha.gguf', 'gamma.gguf', 'beta.gguf']],
        ['state', ['alpha.gguf', 'gamma.gguf', 'beta.gguf']],
        ['name', ['alpha.gguf', 'beta.gguf', 'gamma.gguf']],
      ] as const) {
        await choose(grid, 'sort', sort);
        expect(names(grid), sort).to.deep.equal(expected);
      }
      grid.models = list.map((model) => ({ ...model, pinned: model.modelId === 'c' }));
      await drawn();
      expect(names(grid)[0]).to.equal('gamma.gguf');
    });
  });

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

  describe('its one live region', () => {
    const said = (grid: ModelGrid): string => textOf(grid, '.unseen[role=status]');

    it('says changes of state in words, and leaves cards silent', async () => {
      const hub = new SimulatedHub(models(3));
      const grid = await underHub(hub);
      const regions = allElements(grid.shadowRoot as ShadowRoot).filter((one) => one.role === 'status');
      expect(regions.length).to.equal(1);
      hub.setState('m1', 'starting');
      hub.setState('m1', 'loading');
      hub.setState('m1', 'ready');
      await drawn();
      expect(said(grid)).to.equal('m1.gguf is ready');
    });

    it('puts many changes into one text, at most one a second', async () => {
      const hub = new SimulatedHub(models(9));
      const grid = await underHub(hub);
      hub.setState('m0', 'ready');
      await drawn();
      await hub.startAllModels();
      hub.setState('m8', 'failed');
      await drawn();
      expect(said(grid)).to.equal('m0.gguf is ready');
      await new Promise((resolve) => {
        setTimeout(resolve, 1050);
      });
      hub.wave();
      await drawn();
      expect(said(grid)).to.equal('ready: 7 models, failed: 1 model');
    });
  });

  describe('its attached servers', () => {
    const endpoint = (id: string, condition: Endpoint['condition']): Endpoint => ({
      id,
      name: id,
      scheme: 'http',
      host: 'box',
      port: 8080,
      basePath: '',
      kind: null,
      source: 'manual',
      status: condition === 'ok' ? 'healthy' : 'unhealthy',
      condition,
      models: ['x'],
      lastCheckedAt: null,
      latencyMs: null,
      hostId: null,
    });
    const listed = (grid: ModelGrid): string[] =>
      [...(grid.shadowRoot?.querySelector('endpoint-list')?.shadowRoot?.querySelectorAll('b') ?? [])].map(
        ({ textContent }) => textContent,
      );

    it('are listed when no card speaks for them, and all of them with ATTACH SERVER', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'x', endpointId: 'fine', control: 'none' })]);
      hub.setEndpoints([endpoint('fine', 'ok'), endpoint('gone', 'refused'), endpoint('bare', 'ok')]);
      const grid = await underHub(hub);
      await waitUntil(() => listed(grid).length > 0, 'Expected the list');
      expect(listed(grid)).to.deep.equal(['gone', 'bare']);
      inside<HTMLButtonElement>(grid, '.attach').click();
      await drawn();
      expect(listed(grid)).to.deep.equal(['fine', 'gone', 'bare']);
      const form = inside(grid, 'attach-server');
      expect(form.shadowRoot?.activeElement?.id).to.equal('url');
    });
  });

  it('keeps files that belong to models apart from faults', async () => {
    const hub = new SimulatedHub();
    const grid = await underHub(hub);
    hub.setModels(
      [],
      [
        { filename: 'mmproj.gguf', code: 'projector', reason: 'It belongs to a model' },
        { filename: 'half.gguf', code: 'incomplete', reason: 'It is cut short' },
      ],
    );
    await drawn();
    expect(textOf(grid, '.rejected')).to.equal('half.gguf It is cut short');
    expect(textOf(grid, '.companions')).to.equal('mmproj.gguf It belongs to a model');
  });

  it('says why it does not connect', async () => {
    const hub = Object.assign(new SimulatedHub(), { error: new Error('The hub does not answer') });
    hub.setConnection('connecting');
    const grid = await underHub(hub);
    expect(textOf(grid, '.connection')).to.equal('Connecting… The hub does not answer');
  });

  it('bears ids with the names of prototypes', async () => {
    const ids = ['toString', '__proto__', 'hasOwnProperty', 'constructor'];
    const hub = new SimulatedHub(ids.map((modelId) => simulatedModel({ modelId, state: 'ready' })));
    const grid = await underHub(hub);
    hub.wave(2);
    await drawn();
    expect(names(grid)).to.have.members(ids.map((id) => `${id}.gguf`));
    for (const card of cards(grid))
      expect(textOf(inside(card, 'model-sparkline'), '.current')).not.to.equal('–');
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub(models(2, { state: 'ready' }));
    const grid = await underHub(hub);
    const provider = grid.parentElement as HTMLElement;
    const alive = hub.listenerCount;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      grid.remove();
      provider.append(grid);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    expect(allElements(document).length).to.equal(elements);
    grid.remove();
    await drawn();
    expect(hub.listenerCount).to.equal(0);
    hub.wave();
    hub.setModels([]);
    await drawn();
    provider.append(grid);
    await drawn();
    expect(cards(grid).length).to.equal(0);
  });

  it('shows hostile names and reasons as text', async () => {
    const hub = new SimulatedHub();
    const grid = await underHub(hub);
    for (const text of hostileTexts) {
      hub.setModels(
        [simulatedModel({ modelId: text, filename: text })],
        [{ filename: text, code: 'not_gguf', reason: text }],
      );
      await drawn();
      expect(names(grid)).to.deep.equal([text.trim()]);
      expect(inside(grid, '.rejected li').textContent).to.equal(`${text} ${text}`);
      expect(inside(grid, '.rejected').querySelectorAll('*').length).to.equal(2);
    }
    expect(grid.shadowRoot?.querySelectorAll('script, img, iframe').length).to.equal(0);
    expect('hacked' in globalThis).to.equal(false);
  });

  it('keeps 1,000 random names as they are, with the same elements', async () => {
    const hub = new SimulatedHub();
    const grid = await underHub(hub);
    hub.setModels([], [{ filename: 'a', code: 'not_gguf', reason: 'b' }]);
    await drawn();
    const random = seededRandom(150);
    const nodes = allElements(grid.shadowRoot as ShadowRoot).length;
    for (let i = 0; i < 1000; i++) {
      const [filename, reason] = [randomText(random), randomText(random)];
      hub.setModels([], [{ filename, code: 'not_gguf', reason }]);
      grid.requestUpdate();
      await grid.updateComplete;
      const shown = inside(grid, '.rejected li').textContent;
      if (shown !== `${filename} ${reason}`) expect(shown).to.equal(`${filename} ${reason}`);
      expect(allElements(grid.shadowRoot as ShadowRoot).length).to.equal(nodes);
    }
  });

  for (const theme of themes) {
    describe(`accessibility in ${theme}`, () => {
      it('holds with cards in every tier', async () => {
        const list = (['fast', 'balanced', 'powerful'] as const).map((assignedTier) =>
          simulatedModel({ modelId: assignedTier, assignedTier, state: 'ready' }),
        );
        const page = await themedFixture(theme, html`<model-grid .models=${list}></model-grid>`);
        await drawn();
        await expect(page).to.be.accessible();
      });

      it('holds when empty', async () => {
        await expect(
          await themedFixture(theme, html`<model-grid .models=${[]}></model-grid>`),
        ).to.be.accessible();
      });

      it('holds with files left out and a lost connection', async () => {
        const hub = new SimulatedHub();
        hub.setModels(models(1), [
          { filename: 'broken.gguf', code: 'incomplete', reason: 'The file is cut short' },
        ]);
        hub.setConnection('reconnecting');
        const page = await themedFixture(theme, html`<model-grid></model-grid>`);
        (page.querySelector('corral-provider') as HTMLElementTagNameMap['corral-provider']).hub = hub;
        await drawn();
        expect(textOf(page.querySelector('model-grid') as ModelGrid, '.connection')).to.equal(
          'Reconnecting… these are the last known numbers',
        );
        await expect(page).to.be.accessible();
      });
    });
  }
});
