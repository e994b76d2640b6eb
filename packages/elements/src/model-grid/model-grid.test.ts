import { ModelSeries } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import type { ModelCard } from '../model-card/model-card.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { cards, equipped, gridOf, models, names, toolbarOf, underHub } from '../testing/grid.fixture.js';
import { hostileTexts, randomText, seededRandom } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelGrid } from './model-grid.js';

const emptyText = 'No models discovered. Run discovery scan to find models.';

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

  it('says why it does not connect, once', async () => {
    const hub = Object.assign(new SimulatedHub(), { error: new Error('A valid token is needed') });
    for (const connection of ['connecting', 'closed'] as const) {
      hub.setConnection(connection);
      const grid = await underHub(hub);
      expect(textOf(grid, '[part=empty]')).to.equal('A valid token is needed');
      expect(toolbarOf(grid).shadowRoot?.textContent).not.to.contain('token');
    }
  });

  it('shows what the page puts in place of the empty text', async () => {
    const grid = await fixture<ModelGrid>(
      html`<model-grid .models=${[]}><b slot="empty">Nothing here</b></model-grid>`,
    );
    expect(grid.firstElementChild?.getClientRects().length).to.be.greaterThan(0);
    expect(inside(grid, '[part=empty]').getClientRects().length).to.equal(0);
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

    for (const [order, wanted] of [
      ['one to the end', ['b', 'c', 'd', 'a']],
      ['one to the front', ['d', 'a', 'b', 'c']],
      ['one out', ['a', 'c', 'd']],
      ['all of them', ['d', 'c', 'b', 'a']],
    ] as const) {
      it(`come into a new order: ${order}`, async () => {
        const list = ['a', 'b', 'c', 'd'].map((filename) => simulatedModel({ modelId: filename, filename }));
        const grid = await gridOf(list);
        // The order is by name within a tier, so names stand for places.
        grid.models = wanted.map((modelId, i) => simulatedModel({ modelId, filename: `${i}` }));
        await drawn();
        expect(cards(grid).map(({ model }) => model?.modelId)).to.deep.equal(wanted);
      });
    }

    it('stay in the page when others move around them', async () => {
      const grid = await gridOf(models(5));
      const lost: string[] = [];
      const observer = new MutationObserver((records) => {
        for (const { removedNodes } of records)
          for (const node of removedNodes) lost.push((node as HTMLElement).dataset['id'] ?? '');
      });
      observer.observe(inside(grid, '.block'), { childList: true });
      grid.models = models(5).slice(1);
      await drawn();
      grid.models = [...models(5).slice(1), simulatedModel({ modelId: 'm2b' })];
      await drawn();
      observer.disconnect();
      expect(new Set(lost)).to.deep.equal(new Set(['m0']));
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
        await equipped(page.querySelector('model-grid') as ModelGrid);
        await expect(page).to.be.accessible();
      });

      it('holds when empty', async () => {
        const page = await themedFixture(theme, html`<model-grid .models=${[]}></model-grid>`);
        await equipped(page.querySelector('model-grid') as ModelGrid);
        await expect(page).to.be.accessible();
      });

      it('holds with files left out and a lost connection', async () => {
        const hub = new SimulatedHub();
        hub.setModels(models(1), [
          { filename: 'broken.gguf', code: 'incomplete', reason: 'The file is cut short' },
        ]);
        hub.setConnection('reconnecting');
        const page = await themedFixture(theme, html`<model-grid></model-grid>`);
        (page.querySelector('corral-provider') as HTMLElementTagNameMap['corral-provider']).hub = hub;
        const grid = page.querySelector('model-grid') as ModelGrid;
        await equipped(grid);
        expect(textOf(toolbarOf(grid), '.connection')).to.contain('Reconnecting…');
        expect(inside(grid, '.rejected').children.length).to.equal(1);
        await expect(page).to.be.accessible();
      });
    });
  }
});
