import { type ModelMetric, ModelSeries, modelMetrics } from '@corral/core';
import type { ModelSparkline } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { hubOf, oneModel, withHub } from './simulation.js';

const { args, argTypes, template } = getStorybookHelpers<ModelSparkline>('model-sparkline', {
  excludeCategories: ['methods'],
});

const values: Readonly<Record<ModelMetric, readonly number[]>> = {
  tokensPerSecond: [31, 35, 42, 48, 51, 55, 54, 49, 41, 33, 27, 25, 24, 29, 38, 46, 53, 58, 57, 52.4],
  memoryGb: [
    4.2, 4.21, 4.22, 4.25, 4.28, 4.3, 4.3, 4.31, 4.33, 4.35, 4.35, 4.36, 4.38, 4.4, 4.41, 4.41, 4.42, 4.42,
    4.43, 4.43,
  ],
  latencyMs: [5, 6, 5, 7, 6, 5, 9, 18, 11, 7, 6, 5, 5, 6, 7, 6, 5, 6, 6, 5],
};
const holes = [3, 4, 5, 9, 11, 12];

const meta = {
  title: 'Elements/Model sparkline',
  component: 'model-sparkline',
  args: { ...args, values: values.tokensPerSecond },
  argTypes,
  render: (given) => html`<div style="max-width: 420px">${template(given)}</div>`,
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelSparkline>>;

/** Label, trend, newest value and range of one metric. */
export const Idle: Story = {};

/** The three metrics in their colours, each in every variant. */
export const Variants: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <div style="display: grid; gap: 18px; max-width: 420px">
      ${(['line', 'bars', 'ascii'] as const).map((variant) =>
        modelMetrics.map(
          (metric) =>
            html`<model-sparkline metric=${metric} variant=${variant} .values=${values[metric]}></model-sparkline>`,
        ),
      )}
    </div>
  `,
};

/** A series under a provider, one slot a second. */
export const Live: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) =>
    withHub(
      context,
      hubOf([oneModel({ state: 'ready' })]),
      html`
        <div style="display: grid; gap: 10px; max-width: 420px">
          ${modelMetrics.map((metric) => html`<model-sparkline model-id="m" metric=${metric}></model-sparkline>`)}
        </div>
      `,
      true,
    ),
};

/** Unknown slots are gaps; a known one between two unknown ones is a dot. */
export const Gaps: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <div style="display: grid; gap: 18px; max-width: 420px">
      ${(['line', 'bars', 'ascii'] as const).map(
        (variant) => html`
          <model-sparkline
            variant=${variant}
            .values=${values.tokensPerSecond}
            .valid=${values.tokensPerSecond.map((_, i) => !holes.includes(i))}
          ></model-sparkline>
        `,
      )}
    </div>
  `,
};

/** Before the first known value it stays quiet. */
export const Loading: Story = { args: { values: [] } };

/** The newest slot is unknown: the server no longer answers. */
export const Failed: Story = {
  args: {
    values: [...values.tokensPerSecond.slice(0, 15), 0, 0, 0, 0, 0],
    valid: Array.from({ length: 20 }, (_, i) => i < 15),
  },
};

/** The first values of a series stand at the right, where the newest belong. */
export const FirstValues: Story = {
  parameters: { controls: { disable: true } },
  render: () => {
    const series = new ModelSeries();
    for (const tokensPerSecond of [12, 18, 15])
      series.push({ tokensPerSecond, memoryGb: null, latencyMs: null });
    return html`<div style="max-width: 420px"><model-sparkline .series=${series.tokensPerSecond}></model-sparkline></div>`;
  },
};

/** A label is text, whatever it holds. */
export const HostileNames: Story = { args: { label: '<img src=x onerror=alert(1)>' } };
