import { SimulatedHub } from '@corral/core/testing';
import type { CorralProvider } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { hubOf, oneModel, withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<CorralProvider>('corral-provider', {
  excludeCategories: ['methods'],
});

const content = html`
  <p style="font-family: monospace">The provider shows nothing itself; these elements find their hub through it.</p>
  <div style="display: grid; gap: 12px; max-width: 420px">
    <model-sparkline model-id="m"></model-sparkline>
    <model-card model-id="m"></model-card>
  </div>
`;

const meta = {
  title: 'Elements/Provider',
  component: 'corral-provider',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, hubOf([oneModel({ state: 'ready' })]), content),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<CorralProvider>>;

/** A hub in the page. */
export const Idle: Story = {};

/** The same, one slot a second. */
export const Live: Story = {
  render: (_, context) => withHub(context, hubOf([oneModel({ state: 'ready' })]), content, true),
};

/** A hub that does not know the model yet: its elements wait quietly. */
export const Loading: Story = { render: (_, context) => withHub(context, new SimulatedHub(), content) };

const themed = (theme: 'phosphor' | 'light' | 'neutral'): Story => ({
  globals: { theme },
  tags: ['!autodocs'],
});

/** Phosphor on black: the default. */
export const Phosphor: Story = themed('phosphor');

/** Dark ink on a light page. */
export const Light: Story = themed('light');

/** Quiet greys and blues. */
export const Neutral: Story = themed('neutral');
