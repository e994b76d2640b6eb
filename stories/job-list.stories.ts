import { CorralError } from '@corral/core';
import type { SimulatedHub } from '@corral/core/testing';
import type { JobList } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { endedJob, jobsHub, liveJobs, manyEndedJobs, sampleJob } from './jobs.js';
import { withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<JobList>('job-list', { excludeCategories: ['methods'] });

const active = html`<job-list job-href="#/jobs/{id}" start-href="#/new"></job-list>`;
const history = html`<job-list variant="history" job-href="#/jobs/{id}"></job-list>`;

const meta = {
  title: 'Elements/Job list',
  component: 'job-list',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, jobsHub(), active),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<JobList>>;

/** A story of this hub. */
const of = (makeHub: () => SimulatedHub, content = active, facts: Story = {}): Story => ({
  render: (_, context) => withHub(context, makeHub(), content),
  ...facts,
});

/** A hub that is not reached. */
const lost = (connection: 'connecting' | 'reconnecting', hub: SimulatedHub): SimulatedHub => {
  hub.setConnection(connection);
  return hub;
};

/** Texts that would do harm if they were more than text, a long one, and one that is read from right to left. */
const texts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'word '.repeat(200),
  'a'.repeat(600),
  'اكتب أداة تطبع حالة الطقس في مدينة ما مع اختبارات ودليل',
  '\u202Egpj.exe',
];

/** Jobs that run, wait, are interrupted, or have not begun. */
export const Active: Story = {};

/** They go on: amounts and times are written, nothing moves. */
export const Live: Story = { render: (_, context) => withHub(context, liveJobs(jobsHub()), active, true) };

/** There are none: a way to start one. */
export const ActiveEmpty: Story = of(() => jobsHub([]));

/** The text of the page in its place. */
export const OwnStart: Story = of(
  () => jobsHub([]),
  html`<job-list><a slot="start" href="#/new" style="color: inherit">Describe what is to be done</a></job-list>`,
);

/** The provider still connects. */
export const Loading: Story = of(() => lost('connecting', jobsHub([])));

/** The connection is lost: what is shown is old. */
export const Disconnected: Story = of(() => lost('reconnecting', jobsHub()));

/** Jobs that have ended. */
export const History: Story = of(() => jobsHub(), history);

/** No job has ended. */
export const HistoryEmpty: Story = of(() => jobsHub([]), history);

/** The hub has not answered yet. */
export const HistoryLoading: Story = of(() => {
  const hub = jobsHub();
  hub.jobs.list = () => new Promise(() => {});
  return hub;
}, history);

/** The hub says why it cannot tell. */
export const HistoryRefused: Story = of(() => {
  const hub = jobsHub();
  hub.jobs.listRefusal = new CorralError('store_failed', 'The store of the hub does not answer');
  return hub;
}, history);

/** Many jobs, a page at a time. */
export const Pages: Story = of(
  () => jobsHub(manyEndedJobs(95)),
  html`<job-list variant="history" page-size="10"></job-list>`,
  {
    play: async ({ canvasElement }) => {
      const root = (): ShadowRoot | null | undefined => canvasElement.querySelector('job-list')?.shadowRoot;
      await waitFor(() => expect(root()?.querySelector('.next')).toBeTruthy(), { timeout: 10_000 });
      await userEvent.click(root()?.querySelector('.next') as HTMLElement);
      await waitFor(() => expect(root()?.querySelector('.page')).toHaveTextContent('Page 2 of 10'));
    },
  },
);

/** Deleting asks first. */
export const AsksBeforeDeleting: Story = of(() => jobsHub(), history, {
  play: async ({ canvasElement }) => {
    const root = (): ShadowRoot | null | undefined => canvasElement.querySelector('job-list')?.shadowRoot;
    await waitFor(() => expect(root()?.querySelector('.delete')).toBeTruthy(), { timeout: 10_000 });
    await userEvent.click(root()?.querySelector('.delete') as HTMLElement);
    await waitFor(() => expect(root()?.querySelector('.confirm')).toHaveTextContent('Delete job'));
  },
});

/** A token that may only look: there are no controls. */
export const ViewOnly: Story = of(() => {
  const hub = jobsHub();
  hub.scope = 'view';
  return hub;
}, html`${active}<br />${history}`);

/** Descriptions are text in every place. */
export const HostileTexts: Story = of(
  () =>
    jobsHub([
      ...texts.map((text, i) => sampleJob({ jobId: `${text.slice(0, 30)}${i}`, projectDescription: text })),
      ...texts.map((text, i) =>
        endedJob({ jobId: `${i}${text.slice(0, 30)}`, projectDescription: text, status: 'failed' }, i + 1),
      ),
    ]),
  html`${active}<br />${history}`,
);

/** In a page that is read from right to left. */
export const RightToLeft: Story = {
  render: (_, context) =>
    html`<div dir="rtl">${withHub(context, jobsHub(), html`${active}<br />${history}`)}</div>`,
};

/** In little width each row of the history is a stack of its facts. */
export const Narrow: Story = {
  render: (_, context) =>
    html`<div style="width: 340px">${withHub(context, jobsHub(), html`${active}<br />${history}`)}</div>`,
};

/** On a light page. */
export const Light: Story = {
  globals: { theme: 'light' },
  render: (_, context) => withHub(context, jobsHub(), html`${active}<br />${history}`),
};
