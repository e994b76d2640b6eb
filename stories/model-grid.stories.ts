import { SimulatedHub } from '@corral/core/testing';
import type { ModelGrid } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { hubOf, oneEndpoint, oneModel, twelveModels, withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<ModelGrid>('model-grid', { excludeCategories: ['methods'] });

const meta = {
  title: 'Elements/Model grid',
  component: 'model-grid',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, hubOf(twelveModels()), html`<model-grid></model-grid>`),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelGrid>>;

/** What is in the toolbar of a grid, once it is loaded. */
async function toolbarOf(grid: ModelGrid): Promise<ShadowRoot> {
  await waitFor(() =>
    expect(
      grid.shadowRoot?.querySelector('model-toolbar')?.shadowRoot?.querySelector('.search'),
    ).toBeTruthy(),
  );
  return grid.shadowRoot?.querySelector('model-toolbar')?.shadowRoot as ShadowRoot;
}

/** Twelve models in many states, in three, two or one columns by the width of the grid. */
export const TwelveCards: Story = {};

/** The same, one slot a second. */
export const Live: Story = {
  render: (_, context) => withHub(context, hubOf(twelveModels()), html`<model-grid></model-grid>`, true),
};

/** None of the models runs. */
export const Idle: Story = {
  render: (_, context) =>
    withHub(
      context,
      new SimulatedHub(
        twelveModels()
          .slice(0, 4)
          .map(({ modelId, assignedTier }) =>
            oneModel({ modelId, filename: `${modelId}.gguf`, assignedTier }),
          ),
      ),
      html`<model-grid></model-grid>`,
    ),
};

/** The provider still connects. */
export const Loading: Story = {
  render: (_, context) => {
    const hub = new SimulatedHub();
    hub.setConnection('connecting');
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
};

/** There are no models. */
export const Empty: Story = {
  render: (_, context) => withHub(context, new SimulatedHub(), html`<model-grid></model-grid>`),
};

/** The connection is lost, a server has failed, and a file is no model. */
export const Failed: Story = {
  render: (_, context) => {
    const hub = new SimulatedHub();
    hub.setModels(
      [oneModel({ state: 'failed', errorMessage: 'The server ended five times in a row' })],
      [{ filename: 'half-a-download.gguf', code: 'incomplete', reason: 'The file is cut short' }],
    );
    hub.setConnection('reconnecting');
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
};

/** Unknown slots are gaps. */
export const Gaps: Story = {
  render: (_, context) => {
    const models = twelveModels()
      .slice(0, 3)
      .map((model) => ({ ...model, state: 'ready' as const }));
    const hub = new SimulatedHub(models);
    hub.wave(6);
    hub.sample(
      Object.fromEntries(
        models.map(({ modelId }) => [modelId, { tokensPerSecond: null, memoryGb: null, latencyMs: null }]),
      ),
    );
    hub.sample({});
    hub.wave(4);
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
};

/** Names of files and reasons are text in every place. */
export const HostileNames: Story = {
  render: (_, context) => {
    const hub = new SimulatedHub();
    const names = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '__proto__',
      '\u202Egpj.exe',
    ];
    hub.setModels(
      names.map((filename, i) => oneModel({ modelId: filename, filename, port: 8100 + i })),
      [{ filename: '<iframe src="javascript:alert(1)">', code: 'not_gguf', reason: '<b>not bold</b>' }],
    );
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
};

/** Starting a model turns its card active and leaves the others alone. */
export const StartOne: Story = {
  ...Idle,
  play: async ({ canvasElement }) => {
    const grid = canvasElement.querySelector('model-grid') as ModelGrid;
    await grid.updateComplete;
    const [card] = grid.shadowRoot?.querySelectorAll('model-card') ?? [];
    await card?.updateComplete;
    await userEvent.click(card?.shadowRoot?.querySelector('.start') as HTMLElement);
    await waitFor(() => expect(card?.shadowRoot?.querySelector('strong')).toHaveTextContent('ACTIVE'));
    const toolbar = await toolbarOf(grid);
    await waitFor(() =>
      expect(toolbar.querySelector('[part=summary]')).toHaveTextContent('4 models, 1 active'),
    );
  },
};

/** A scan and a start of all models are under way; one of them has failed. */
export const Busy: Story = {
  render: (_, context) => {
    const hub = hubOf(twelveModels().slice(0, 6));
    hub.setActivity({
      scan: { done: 34, total: 200 },
      bulk: { action: 'start', done: 2, total: 5, failed: 1 },
    });
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
};

/** Servers of others that no card speaks for, and files that are no models. */
export const AttachedServers: Story = {
  render: (_, context) => {
    const hub = new SimulatedHub();
    hub.setModels(twelveModels().slice(0, 3), [
      { filename: 'half-a-download.gguf', code: 'incomplete', reason: 'The file is cut short' },
      { filename: 'mmproj-f16.gguf', code: 'projector', reason: 'It belongs to a model that sees pictures' },
    ]);
    hub.fleet.add(oneEndpoint('gpu-box:8080', 'refused'));
    hub.fleet.add(oneEndpoint('lab:9090', 'auth_required'));
    hub.fleet.add(oneEndpoint('empty:8080', 'ok'));
    return withHub(context, hub, html`<model-grid></model-grid>`);
  },
  play: async ({ canvasElement }) => {
    const grid = canvasElement.querySelector('model-grid') as ModelGrid;
    const list = (): Element | null | undefined => grid.shadowRoot?.querySelector('endpoint-list');
    await waitFor(() => expect(list()?.shadowRoot?.querySelectorAll('li').length).toBe(3));
    await userEvent.click((await toolbarOf(grid)).querySelector('.attach') as HTMLElement);
    await waitFor(() => expect(grid.shadowRoot?.querySelector('attach-server')).toBeTruthy());
  },
};

/** Stopping everything asks first. */
export const AsksBeforeStoppingAll: Story = {
  play: async ({ canvasElement }) => {
    const grid = canvasElement.querySelector('model-grid') as ModelGrid;
    const toolbar = await toolbarOf(grid);
    await userEvent.click(toolbar.querySelector('.stop-all') as HTMLElement);
    await waitFor(() => expect(toolbar.querySelector('.confirm')).toHaveTextContent('running models?'));
  },
};

/** Nothing matches what was searched for. */
export const NoMatch: Story = {
  play: async ({ canvasElement }) => {
    const grid = canvasElement.querySelector('model-grid') as ModelGrid;
    await userEvent.type((await toolbarOf(grid)).querySelector('.search') as HTMLElement, 'no such model');
    await waitFor(() => expect(grid.shadowRoot?.querySelector('.no-match')).toBeTruthy());
  },
};

/** A thousand models, one slot a second: what is off screen costs nothing. */
export const ThousandModels: Story = {
  // Pages of docs would draw it a second time. The cards are checked in the other stories: a thousand take axe minutes.
  tags: ['!autodocs'],
  parameters: {
    controls: { disable: true },
    a11y: { context: { exclude: [{ fromShadowDom: ['model-grid', '.cards'] }] } },
  },
  render: (_, context) => {
    const models = Array.from({ length: 1000 }, (_unused, i) =>
      oneModel({
        modelId: `m${i}`,
        filename: `model-${String(i).padStart(4, '0')}.gguf`,
        state: i % 3 === 0 ? 'offline' : 'ready',
        port: 8100 + i,
      }),
    );
    return withHub(context, hubOf(models), html`<model-grid></model-grid>`, true);
  },
};
