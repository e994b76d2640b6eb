import type { ModelStatus } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../corral-provider/define.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { gridOf, models, toolbarOf } from '../testing/grid.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelToolbar } from './model-toolbar.js';

async function toolbarWith(list: readonly ModelStatus[]): Promise<ModelToolbar> {
  const element = await fixture<ModelToolbar>(html`<model-toolbar .models=${list}></model-toolbar>`);
  await drawn();
  return element;
}

async function underHub(hub: SimulatedHub): Promise<ModelToolbar> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><model-toolbar></model-toolbar></corral-provider>`,
  );
  await drawn();
  return provider.firstElementChild as ModelToolbar;
}

describe('<model-toolbar>', () => {
  keepConsoleQuiet();

  it('counts models and active ones', async () => {
    const toolbar = await toolbarWith([...models(2), simulatedModel({ modelId: 'x', state: 'ready' })]);
    expect(textOf(toolbar, '[part=summary] > :first-child')).to.equal('3 models, 1 active');
    toolbar.models = models(1);
    await drawn();
    expect(textOf(toolbar, '[part=summary] > :first-child')).to.equal('1 model, 0 active');
  });

  for (const [connection, text] of [
    ['connecting', 'Connecting…'],
    ['live', 'Live'],
    ['reconnecting', 'Reconnecting… these are the last known numbers'],
    ['closed', 'Not connected'],
  ] as const) {
    it(`says “${text}” when the hub is ${connection}`, async () => {
      const hub = new SimulatedHub(models(1));
      const toolbar = await underHub(hub);
      hub.setConnection(connection);
      await drawn();
      expect(textOf(toolbar, '.connection')).to.equal(text);
      expect(inside(toolbar, '.connection').hasAttribute('data-lost')).to.equal(connection !== 'live');
    });
  }

  it('says nothing of a connection for a list of its own', async () => {
    expect(textOf(await toolbarWith(models(1)), '.connection')).to.equal('');
  });

  it('says why it does not connect, where no grid without cards says it', async () => {
    const hub = Object.assign(new SimulatedHub(models(1)), { error: new Error('The hub does not answer') });
    hub.setConnection('connecting');
    const toolbar = await underHub(hub);
    expect(textOf(toolbar, '.connection')).to.equal('Connecting… The hub does not answer');
    hub.setModels([]);
    await drawn();
    expect(textOf(toolbar, '.connection')).to.equal('Connecting…');
  });

  it('claims to count nothing before it knows', async () => {
    const hub = new SimulatedHub();
    hub.setConnection('connecting');
    const toolbar = await underHub(hub);
    expect(textOf(toolbar, '[part=summary] > :first-child')).to.equal('');
    hub.setConnection('live');
    await drawn();
    expect(textOf(toolbar, '[part=summary] > :first-child')).to.equal('0 models, 0 active');
  });

  describe('its buttons', () => {
    const button = (toolbar: ModelToolbar, name: string): HTMLButtonElement =>
      inside(toolbar, `.buttons .${name}`);
    const progress = (toolbar: ModelToolbar): string => textOf(toolbar, '.progress');

    it('turns RE-SCAN, START ALL and STOP ALL into commands', async () => {
      const hub = new SimulatedHub(models(3));
      const toolbar = await underHub(hub);
      button(toolbar, 'rescan').click();
      button(toolbar, 'start-all').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['rescan', 'start-all']);
      button(toolbar, 'stop-all').click();
      await drawn();
      expect(hub.commands.length).to.equal(2);
      expect(textOf(toolbar, '.confirm p')).to.equal('Stop 3 running models?');
      expect(toolbar.shadowRoot?.activeElement?.className).to.equal('cancel');
      await sendKeys({ press: 'Escape' });
      await drawn();
      expect(toolbar.shadowRoot?.activeElement?.className).to.contain('stop-all');
      button(toolbar, 'stop-all').click();
      await drawn();
      inside<HTMLButtonElement>(toolbar, '.confirm .danger').click();
      await drawn();
      expect(hub.commands).to.deep.equal(['rescan', 'start-all', 'stop-all']);
    });

    it('offers nothing that would do nothing', async () => {
      const hub = new SimulatedHub(models(2));
      const toolbar = await underHub(hub);
      expect(button(toolbar, 'stop-all').ariaDisabled).to.equal('true');
      button(toolbar, 'stop-all').click();
      await drawn();
      expect(toolbar.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
      hub.setModels(models(2, { enabled: false }));
      await drawn();
      button(toolbar, 'start-all').click();
      expect(hub.commands).to.deep.equal([]);
    });

    it('says how far things have come', async () => {
      const hub = new SimulatedHub(models(2));
      const toolbar = await underHub(hub);
      expect(progress(toolbar)).to.equal('');
      hub.setActivity({ scan: { done: 34, total: 200 }, bulk: null });
      await drawn();
      expect(progress(toolbar)).to.equal('Scanning 34 of 200');
      expect(button(toolbar, 'rescan').ariaBusy).to.equal('true');
      hub.setActivity({ scan: null, bulk: { action: 'start', done: 2, total: 5, failed: 1 } });
      await drawn();
      expect(progress(toolbar)).to.equal('Starting 2 of 5, 1 failed');
      hub.setActivity({ scan: null, bulk: { action: 'stop', done: 5, total: 5, failed: 2 } });
      hub.setActivity({ scan: null, bulk: null });
      hub.setState('m0', 'failed');
      await drawn();
      expect(progress(toolbar)).to.equal('');
      expect(textOf(toolbar, '[role=alert]')).to.equal('2 of 5 models did not stop');
    });

    it('shows why an action was refused', async () => {
      const hub = Object.assign(new SimulatedHub(models(1)), {
        rescanModels: () => Promise.reject(new Error('The folder is gone')),
      });
      const toolbar = await underHub(hub);
      button(toolbar, 'rescan').click();
      await drawn();
      expect(textOf(toolbar, '[role=alert]')).to.equal('The folder is gone');
      expect(button(toolbar, 'rescan').ariaBusy).to.equal('false');
    });
  });

  describe('its choice', () => {
    const heard = (toolbar: ModelToolbar): unknown[] => {
      const choices: unknown[] = [];
      toolbar.addEventListener('models-arrange', ({ choice }) => choices.push(choice));
      return choices;
    };

    it('is announced, one change on top of the other', async () => {
      const toolbar = await toolbarWith(models(2));
      const choices = heard(toolbar);
      const search = inside<HTMLInputElement>(toolbar, '.search');
      search.value = 'm1';
      search.dispatchEvent(new Event('input'));
      for (const [name, value] of [
        ['group', 'stopped'],
        ['sort', 'name'],
      ] as const) {
        inside<HTMLSelectElement>(toolbar, `.${name}`).value = value;
        inside(toolbar, `.${name}`).dispatchEvent(new Event('change'));
      }
      expect(choices).to.deep.equal([
        { query: 'm1', group: 'all', sort: 'tier' },
        { query: 'm1', group: 'stopped', sort: 'tier' },
        { query: 'm1', group: 'stopped', sort: 'name' },
      ]);
    });

    it('is shown as it is given', async () => {
      const toolbar = await toolbarWith(models(2));
      toolbar.choice = { query: 'x', group: 'failed', sort: 'memoryGb' };
      await drawn();
      const values = ['search', 'group', 'sort'].map(
        (name) => inside<HTMLInputElement>(toolbar, `.${name}`).value,
      );
      expect(values).to.deep.equal(['x', 'failed', 'memoryGb']);
    });

    it('is reached with / from a page on which nothing has the focus', async () => {
      const toolbar = await toolbarWith(models(1));
      (document.activeElement as HTMLElement | null)?.blur();
      await sendKeys({ press: '/' });
      expect(toolbar.shadowRoot?.activeElement?.className).to.equal('search');
    });
  });

  it('says whether the form for a server is to be open', async () => {
    const toolbar = await toolbarWith(models(1));
    const heard: boolean[] = [];
    toolbar.addEventListener('attach-toggle', ({ open }) => heard.push(open));
    inside<HTMLButtonElement>(toolbar, '.attach').click();
    await drawn();
    expect(inside(toolbar, '.attach').getAttribute('aria-expanded')).to.equal('true');
    inside<HTMLButtonElement>(toolbar, '.attach').click();
    expect(heard).to.deep.equal([true, false]);
  });

  describe('its room', () => {
    for (const width of [1440, 1000, 900, 899, 700, 561, 560, 360, 280]) {
      it(`is what a grid of ${width} px keeps for it`, async () => {
        const grid = await gridOf(models(3), width);
        const top = (): number => inside(grid, '.cards').getBoundingClientRect().top;
        const toolbar = toolbarOf(grid);
        const before = top();
        toolbar.hidden = true;
        expect(top()).to.be.closeTo(before, 0.5);
        toolbar.hidden = false;
        for (const inner of allElements(toolbar.shadowRoot as ShadowRoot))
          expect(inner.getBoundingClientRect().right, inner.className).to.be.at.most(
            grid.getBoundingClientRect().right + 0.5,
          );
      });

      it(`holds its question in ${width} px`, async () => {
        const grid = await gridOf(models(300, { state: 'ready' }), width);
        const { top } = inside(grid, '.cards').getBoundingClientRect();
        inside<HTMLButtonElement>(toolbarOf(grid), '.stop-all').click();
        await drawn();
        expect(textOf(toolbarOf(grid), '.confirm p')).to.equal('Stop 300 running models?');
        expect(inside(grid, '.cards').getBoundingClientRect().top).to.be.closeTo(top, 0.5);
      });
    }
  });

  it('shows a hostile refusal as text', async () => {
    const hub = Object.assign(new SimulatedHub(models(1)), {
      rescanModels: (): Promise<never> => Promise.reject(new Error('none')),
    });
    const toolbar = await underHub(hub);
    for (const text of hostileTexts) {
      hub.rescanModels = () => Promise.reject(new Error(text));
      inside<HTMLButtonElement>(toolbar, '.rescan').click();
      await drawn();
      const problem = inside(toolbar, '.problem');
      expect([problem.textContent, problem.children.length]).to.deep.equal([text, 0]);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub(models(2, { state: 'ready' }));
    const toolbar = await underHub(hub);
    const provider = toolbar.parentElement as HTMLElement;
    const alive = hub.listenerCount;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      toolbar.remove();
      provider.append(toolbar);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    expect(allElements(document).length).to.equal(elements);
    toolbar.remove();
    expect(hub.listenerCount).to.equal(0);
    hub.wave();
    await drawn();
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}, with a lost connection, a question and a refusal`, async () => {
      const hub = Object.assign(new SimulatedHub(models(2, { state: 'ready' })), {
        rescanModels: () => Promise.reject(new Error('The folder is gone')),
      });
      hub.setConnection('reconnecting');
      const page = await themedFixture(theme, html`<model-toolbar></model-toolbar>`);
      (page.querySelector('corral-provider') as HTMLElementTagNameMap['corral-provider']).hub = hub;
      const toolbar = page.querySelector('model-toolbar') as ModelToolbar;
      await drawn();
      await expect(page).to.be.accessible();
      inside<HTMLButtonElement>(toolbar, '.rescan').click();
      inside<HTMLButtonElement>(toolbar, '.stop-all').click();
      await drawn();
      expect(textOf(toolbar, '[role=alert]')).to.equal('The folder is gone');
      await expect(page).to.be.accessible();
    });
  }
});
