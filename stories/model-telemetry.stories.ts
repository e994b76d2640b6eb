import type { ModelTelemetryEntry } from '@corral/core';
import type { ModelTelemetryPanel } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { withHub } from './simulation.js';
import { sampleTelemetry, telemetryHub } from './telemetry.js';

const { args, argTypes, template } = getStorybookHelpers<ModelTelemetryPanel>('model-telemetry', {
  excludeCategories: ['methods'],
});

const meta = {
  title: 'Elements/Model telemetry',
  component: 'model-telemetry',
  args: { ...args, telemetry: sampleTelemetry() },
  argTypes,
  render: (given) => template(given),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelTelemetryPanel>>;

/** A card for each model. */
export const Cards: Story = {};

/** What a million tokens cost, and how long an answer takes. */
export const Charts: Story = { args: { variant: 'charts' } };

/** A short list for the side of a page. */
export const Compact: Story = {
  parameters: { controls: { disable: true } },
  render: () =>
    html`<div style="max-width: 320px"><model-telemetry variant="compact" .telemetry=${sampleTelemetry()}></model-telemetry></div>`,
};

/** Under a provider: calls come in. */
export const Live: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, telemetryHub(), html`<model-telemetry></model-telemetry>`, true),
};

/** No calls are known. */
export const Empty: Story = { args: { telemetry: [] } };

/** A model that was called and never answered, and texts that would do harm if they were more than text. */
export const Unknown: Story = {
  args: {
    telemetry: sampleTelemetry().map(
      (entry): ModelTelemetryEntry => ({
        ...entry,
        model: `<script>${entry.model}</script> ${'very-long-name-'.repeat(6)}`,
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
        callCount: 0,
      }),
    ),
  },
};
