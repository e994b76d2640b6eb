import { type Endpoint, ModelSeries } from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { cards, equipped, gridOf, models, names, toolbarOf, underHub } from '../testing/grid.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { type GridParts, ModelGrid } from './model-grid.js';

describe('<model-grid>', () => {
  keepConsoleQuiet();

  describe('its tools', () => {
    /** A grid that gets its tools when it is told to. */
    class Waiting extends ModelGrid {
      static give: (parts: Promise<GridParts>) => void = () => {};
      static override loadParts = (): Promise<GridParts> =>
        new Promise((resolve) => {
          Waiting.give = resolve;
        });
    }

    async function waiting(width: number): Promise<ModelGrid> {
      if (!customElements.get('waiting-grid')) customElements.define('waiting-grid', Waiting);
      const grid = document.createElement('waiting-grid') as ModelGrid;
      grid.models = models(3);
      grid.style.width = `${width}px`;
      await fixture(html`${grid}`);
      await drawn();
      return grid;
    }

    for (const width of [1440, 700, 360]) {
      it(`come into ${width} px without moving a card`, async () => {
        const grid = await waiting(width);
        const tops = (): number[] => cards(grid).map((card) => card.getBoundingClientRect().top);
        const before = tops();
        expect(before.length).to.equal(3);
        Waiting.give(import('./toolbar.js'));
        await equipped(grid);
        for (const [i, top] of tops().entries()) expect(top).to.be.closeTo(before[i] as number, 0.5);
      });
    }

    it('lead the styles of the page to the parts of the toolbar', async () => {
      const grid = await gridOf(models(1));
      const style = document.createElement('style');
      style.textContent = 'model-grid::part(toolbar), model-grid::part(summary) { opacity: 0.5 }';
      document.head.append(style);
      for (const part of ['toolbar', 'summary'])
        expect(getComputedStyle(inside(toolbarOf(grid), `[part=${part}]`)).opacity, part).to.equal('0.5');
      style.remove();
    });

    it('leave every card to Tab when they could not be loaded, and say so', async () => {
      const grid = await waiting(1000);
      Waiting.give(Promise.reject(new Error('no network')));
      await drawn();
      expect(textOf(grid, '[role=alert]')).to.equal('The toolbar could not be loaded.');
      expect(cards(grid).map(({ place }) => place)).to.deep.equal(['current', 'current', 'current']);
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
      const field = inside<HTMLInputElement>(toolbarOf(grid), '.search');
      field.value = text;
      field.dispatchEvent(new Event('input'));
      await drawn();
    };
    const choose = async (grid: ModelGrid, name: string, value: string): Promise<void> => {
      const select = inside<HTMLSelectElement>(toolbarOf(grid), `.${name}`);
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
      expect(toolbarOf(grid).shadowRoot?.activeElement?.className).to.equal('search');
      await sendKeys({ type: 'be/ta' });
      await drawn();
      expect(inside<HTMLInputElement>(toolbarOf(grid), '.search').value).to.equal('be/ta');
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
      const options = [...inside<HTMLSelectElement>(toolbarOf(grid), '.group').options].map(
        ({ text }) => text,
      );
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
    const endpoint = (id: string, condition: Endpoint['condition']): Endpoint =>
      simulatedEndpoint({
        ...{ id, name: id, origin: 'attached', condition, models: [] },
        status: condition === 'ok' ? 'healthy' : 'unhealthy',
      });
    const listed = (grid: ModelGrid): string[] =>
      [...(grid.shadowRoot?.querySelector('endpoint-list')?.shadowRoot?.querySelectorAll('b') ?? [])].map(
        ({ textContent }) => textContent,
      );

    it('are listed when no card speaks for them, and all of them with ATTACH SERVER', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'x', endpointId: 'fine', control: 'none' })]);
      for (const each of [endpoint('fine', 'ok'), endpoint('gone', 'refused'), endpoint('bare', 'ok')])
        hub.fleet.add(each);
      hub.fleet.add(simulatedEndpoint({ id: 'watched in the fleet alone' }));
      const grid = await underHub(hub);
      await waitUntil(() => listed(grid).length > 0, 'Expected the list');
      expect(listed(grid)).to.deep.equal(['gone', 'bare']);
      inside<HTMLButtonElement>(toolbarOf(grid), '.attach').click();
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
});
