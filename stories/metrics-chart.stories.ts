import { type MetricsField, metricsFields } from '@corral/core';
import type { ChartSeries, MetricsChart } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { hubWithReadings, liveHub, windowsOf } from './backends.js';
import { withHub } from './simulation.js';

const { args, argTypes, template } = getStorybookHelpers<MetricsChart>('metrics-chart', {
  excludeCategories: ['methods'],
});

/** The lines of one number, as a page would make them of `GET /api/metrics?windowS=900`. */
function seriesOf(
  field: MetricsField,
  unit: string,
  holes: readonly (readonly [number, number])[] = [],
): ChartSeries[] {
  return windowsOf(15, holes).flatMap(({ backendId, name, atMs, values }) => {
    const own = values[field];
    return own ? [{ id: backendId, label: name, unit, atMs, values: own }] : [];
  });
}

const meta = {
  title: 'Elements/Metrics chart',
  component: 'metrics-chart',
  args: { ...args, label: 'CPU', series: seriesOf('cpuUtilization', '%') },
  argTypes,
  render: (given) => template(given),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<MetricsChart>>;

/** Three lines with peaks, over five minutes. */
export const Idle: Story = {};

/** Under a provider: the past is asked for once, then it follows; people choose what is shown. */
export const Live: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) =>
    withHub(context, liveHub(15), html`<metrics-chart minutes="1"></metrics-chart>`, true),
};

/** Every number that backends tell, in its unit. */
export const Fields: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) =>
    withHub(
      context,
      hubWithReadings(15),
      html`
        <div style="display: grid; gap: 16px">
          ${metricsFields.map((field) => html`<metrics-chart field=${field} minutes="15"></metrics-chart>`)}
        </div>
      `,
    ),
};

/** Nobody read anything for half a minute, and some values are unknown. */
export const Gaps: Story = {
  args: {
    series: [
      ...seriesOf('cpuUtilization', '%', [[100, 130]]).slice(0, 1),
      ...seriesOf('gpuUtilization', '%')
        .slice(0, 1)
        .map((one) => ({
          ...one,
          id: 'gpu',
          label: 'a card that is not always there',
          values: one.values.map((value, i) => (i % 60 < 12 ? null : value)),
        })),
    ],
  },
};

/** Colours of the page's own. */
export const Colours: Story = {
  args: {
    series: seriesOf('cpuUtilization', '%').map((one, i) => ({
      ...one,
      color: ['hotpink', 'deepskyblue', 'gold'][i] ?? 'gray',
    })),
  },
};

/** A unit that the chart does not know is written behind the numbers. */
export const OtherUnit: Story = {
  args: {
    label: 'Latency',
    series: seriesOf('cpuUtilization', 'ms').map((one) => ({
      ...one,
      values: one.values.map((value) => (value === null ? null : value * 3.2)),
    })),
  },
};

/** Before the first reading. */
export const Empty: Story = { args: { series: [] } };

/** In little room. */
export const Narrow: Story = {
  render: (given) => html`<div style="max-width: 320px">${template(given)}</div>`,
};

/** A name is text, whatever it holds. */
export const HostileNames: Story = {
  args: {
    series: seriesOf('cpuUtilization', '%').map((one, i) => ({
      ...one,
      label: i === 0 ? '<img src=x onerror=alert(1)>' : 'a-very-long-name-of-a-host-'.repeat(4),
    })),
  },
};
