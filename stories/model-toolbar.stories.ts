import { SimulatedHub } from '@corral/core/testing';
import type { ModelToolbar } from '@corral/elements';
import '@corral/elements/model-toolbar.js';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { hubOf, twelveModels, withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<ModelToolbar>('model-toolbar', {
  excludeCategories: ['methods'],
});

const meta = {
  title: 'Elements/Model toolbar',
  component: 'model-toolbar',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, hubOf(twelveModels()), html`<model-toolbar></model-toolbar>`),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelToolbar>>;

/** On its own, without a grid: it speaks of the models of the hub. */
export const Alone: Story = {};

/** A scan and a start of all models are under way. */
export const Busy: Story = {
  render: (_, context) => {
    const hub = hubOf(twelveModels());
    hub.setActivity({
      scan: { done: 34, total: 200 },
      bulk: { action: 'start', done: 2, total: 5, failed: 1 },
    });
    return withHub(context, hub, html`<model-toolbar></model-toolbar>`);
  },
};

/** Before the first facts there is nothing to count. */
export const Connecting: Story = {
  render: (_, context) => {
    const hub = new SimulatedHub();
    hub.setConnection('connecting');
    return withHub(context, hub, html`<model-toolbar></model-toolbar>`);
  },
};

/** A choice is announced, and comes back as a property. */
export const Chooses: Story = {
  play: async ({ canvasElement }) => {
    const toolbar = canvasElement.querySelector('model-toolbar') as ModelToolbar;
    await waitFor(() => expect(toolbar.shadowRoot?.querySelector('.search')).toBeTruthy());
    await userEvent.type(toolbar.shadowRoot?.querySelector('.search') as HTMLElement, 'llama');
    await waitFor(() => expect(toolbar.choice.query).toBe('llama'));
  },
};
