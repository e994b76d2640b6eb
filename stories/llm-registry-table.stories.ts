import { CorralError } from '@corral/core';
import { type SimulatedHub, simulatedEndpoint, simulatedHost } from '@corral/core/testing';
import type { LlmRegistryTable } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import {
  endpointsInEachCondition,
  fleetEndpoints,
  fleetHosts,
  fleetHub,
  fleetModel,
  liveFleet,
  manyEndpoints,
} from './fleet.js';
import { withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<LlmRegistryTable>('llm-registry-table', {
  excludeCategories: ['methods'],
});

const table = html`<llm-registry-table></llm-registry-table>`;

const meta = {
  title: 'Elements/Registry table',
  component: 'llm-registry-table',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, fleetHub(), table),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<LlmRegistryTable>>;

/** A story of this hub. */
const of = (makeHub: () => SimulatedHub, facts: Story = {}): Story => ({
  render: (_, context) => withHub(context, makeHub(), table),
  ...facts,
});

/** What is in the table, once it is drawn. */
async function drawnTable(canvas: HTMLElement): Promise<ShadowRoot> {
  const root = (): ShadowRoot | null | undefined => canvas.querySelector('llm-registry-table')?.shadowRoot;
  await waitFor(() => expect(root()?.querySelector('tbody tr, [part=empty]')).toBeTruthy());
  return root() as ShadowRoot;
}

/** Endpoints of many kinds and origins, on machines with a card, with unified memory, and in a container. */
export const MixedKinds: Story = {};

/** The same, checked every second. */
export const Live: Story = {
  render: (_, context) => withHub(context, liveFleet(fleetHub()), table, true),
};

/** There are no endpoints. */
export const Empty: Story = of(() => fleetHub([], []));

/** The provider still connects. */
export const Loading: Story = of(() => {
  const hub = fleetHub([], []);
  hub.setConnection('connecting');
  return hub;
});

/** The connection is lost: what is shown is old, and looks it. */
export const Disconnected: Story = of(() => {
  const hub = fleetHub();
  hub.setConnection('reconnecting');
  return hub;
});

/** How an endpoint can be, each in words. */
export const EachCondition: Story = of(() => fleetHub(endpointsInEachCondition(), []));

/** One machine has not reported for a while, another for long: their numbers are gone. */
export const SilentHosts: Story = of(() => {
  const silent = {
    cpuPercent: null,
    ramUsed: null,
    ramTotal: null,
    vramUsed: null,
    vramTotal: null,
    gpus: [],
  };
  const [first, second, ...others] = fleetHosts();
  return fleetHub(fleetEndpoints(), [
    simulatedHost({ ...first, hostId: 'gpu-box', ...silent, status: 'stale' }),
    simulatedHost({ ...second, hostId: 'studio', ...silent, status: 'lost' }),
    ...others,
  ]);
});

/** Memory that processors and graphics share is one bar. */
export const UnifiedMemory: Story = of(() =>
  fleetHub(fleetEndpoints().filter(({ hostId }) => hostId === 'studio')),
);

/** A token that may only look: there are no controls. */
export const ViewOnly: Story = of(() => {
  const hub = fleetHub();
  hub.scope = 'view';
  return hub;
});

/** In little width each endpoint is a stack of its facts. */
export const Narrow: Story = {
  render: (_, context) => html`<div style="width: 360px">${withHub(context, fleetHub(), table)}</div>`,
};

/** On a light page. */
export const Light: Story = { globals: { theme: 'light' } };

/** Names of endpoints, models and machines are text in every place. */
export const HostileNames: Story = of(() => {
  const texts = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '__proto__', '\u202Egpj.exe'];
  return fleetHub(
    texts.map((text, i) =>
      simulatedEndpoint({
        id: text,
        name: text,
        port: 8000 + i,
        hostId: text,
        models: [fleetModel(text, 1)],
      }),
    ),
    texts.map((text) => simulatedHost({ hostId: text })),
  );
});

/** A chip shows the endpoints that have its model. */
export const FilteredByModel: Story = {
  play: async ({ canvasElement }) => {
    const root = await drawnTable(canvasElement);
    await userEvent.click(root.querySelector('.chip') as HTMLElement);
    await waitFor(() => expect(root.querySelector('.found')).toHaveTextContent('3 of 6 endpoints'));
  },
};

/** What the hub refuses is said at the field. */
export const RefusedField: Story = {
  ...of(() => {
    const hub = fleetHub();
    const fields = { port: 'Expected `port` to be a whole number from 1 to 65535' };
    hub.registerEndpoint = () =>
      Promise.reject(new CorralError('invalid_port', fields.port, { details: { fields } }));
    return hub;
  }),
  play: async ({ canvasElement }) => {
    const root = await drawnTable(canvasElement);
    await userEvent.type(root.querySelector('#add-host') as HTMLElement, 'box.lan');
    await userEvent.type(root.querySelector('#add-port') as HTMLElement, '99999');
    await userEvent.click(root.querySelector('.add') as HTMLElement);
    await waitFor(() => expect(root.querySelector('#add-port-note')).toHaveTextContent('65535'));
  },
};

/** Removing asks first. */
export const AsksBeforeRemoving: Story = {
  play: async ({ canvasElement }) => {
    const root = await drawnTable(canvasElement);
    await userEvent.click(root.querySelector('.remove') as HTMLElement);
    await waitFor(() => expect(root.querySelector('.confirm')).toHaveTextContent('It runs on'));
  },
};

/** A thousand endpoints, checked every second: a hundred rows at a time, and what is off screen costs nothing. */
export const ThousandEndpoints: Story = {
  // Pages of docs would draw it a second time, and axe takes minutes for a hundred rows.
  tags: ['!autodocs'],
  parameters: {
    controls: { disable: true },
    a11y: { context: { exclude: [{ fromShadowDom: ['llm-registry-table', 'tbody'] }] } },
  },
  render: (_, context) => {
    const { endpoints, hosts } = manyEndpoints(1000);
    return withHub(context, liveFleet(fleetHub(endpoints, hosts)), table, true);
  },
};
