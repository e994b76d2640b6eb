import type { MetricsPanel } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { liveHub, oneSnapshot, snapshotsAt, storyNowMs } from './backends.js';
import { withHub } from './simulation.js';

const { args, argTypes, template } = getStorybookHelpers<MetricsPanel>('metrics-panel', {
  excludeCategories: ['methods'],
});

const meta = {
  title: 'Elements/Metrics panel',
  component: 'metrics-panel',
  args: { ...args, snapshots: snapshotsAt(storyNowMs) },
  argTypes,
  render: (given) => template(given),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<MetricsPanel>>;

/** Two machines with cards, one with unified memory, and a server of which only the queue is known. */
export const Idle: Story = {};

/** Under a provider: it begins with the past of each number, and goes on with each reading. */
export const Live: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, liveHub(2), html`<metrics-panel></metrics-panel>`, true),
};

/** What is unknown now is N/A; a backend that failed says why. */
export const Unknown: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <metrics-panel
      .snapshots=${[
        oneSnapshot('workstation', { cpuUtilization: 37, ramTotal: 64e9, gpuMemoryTotal: 24e9 }),
        oneSnapshot('rack-2', { error: 'It has sent no report for 14 s' }),
        oneSnapshot('llama-server on 8080', { error: 'The server does not answer' }),
      ]}
    ></metrics-panel>
  `,
};

/** Before the first reading. */
export const Empty: Story = { args: { snapshots: [] } };

/** One host alone, in little room. */
export const Narrow: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <div style="max-width: 320px">
      <metrics-panel backend-id="rack-2" .snapshots=${snapshotsAt(storyNowMs)}></metrics-panel>
    </div>
  `,
};

/** A name is text, whatever it holds. */
export const HostileNames: Story = {
  args: {
    snapshots: [
      oneSnapshot('a', { name: '<img src=x onerror=alert(1)>', cpuUtilization: 40, error: '<b>bold</b>' }),
      oneSnapshot('b', { name: 'a-very-long-name-of-a-host-'.repeat(6), queueDepth: 2 }),
    ],
  },
};
