import type { Job } from '@corral/core';
import { simulatedTask } from '@corral/core/testing';
import type { JobView } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import { counts, endedJob, jobsHub, liveJobs, sampleJob, sampleJobs, sampleTasks } from './jobs.js';
import { withHub } from './simulation.js';

const { args, argTypes, template } = getStorybookHelpers<JobView>('job-view', {
  excludeCategories: ['methods'],
});

const meta = {
  title: 'Elements/Job view',
  component: 'job-view',
  args: { ...args, job: sampleJob({ jobId: 'job-5d1e7c02-8b1f' }), tasks: sampleTasks() },
  argTypes,
  render: (shown) => template(shown),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<JobView>>;

/** A story of one job, followed as it is on a hub. */
function followed(job: Job, live = false): Story {
  return {
    parameters: { controls: { disable: true } },
    render: (_, context) =>
      withHub(
        context,
        live ? liveJobs(jobsHub([job])) : jobsHub([job]),
        html`<job-view job-id=${job.jobId}></job-view>`,
        live,
      ),
  };
}

const [running, waiting, pending, interrupted, done, , cancelled] = sampleJobs() as [
  Job,
  Job,
  Job,
  Job,
  Job,
  Job,
  Job,
];

/** Facts given by the page, without a hub. */
export const Given: Story = {};

/** Under a provider: it follows its job, line by line. */
export const Live: Story = followed(running, true);

/** No endpoint can be called, and no price is known. */
export const Waiting: Story = followed(waiting);

/** It has not begun. */
export const Pending: Story = followed(pending);

/** The hub ended while it ran. */
export const Interrupted: Story = followed(interrupted);

/** All is done. */
export const Done: Story = followed(done);

/** It spent its budget: it goes on with a greater one. */
export const BudgetExhausted: Story = followed(
  endedJob(
    {
      jobId: 'job-28c0ffee-0001',
      status: 'failed',
      statusReason: 'budget_exhausted',
      totalCost: 0.5004,
      budgetTokens: 50_000,
      totalTokens: 48_210,
    },
    2,
  ),
);

/** Its time is up. */
export const TimeLimit: Story = followed(
  endedJob({ jobId: 'job-71', status: 'failed', statusReason: 'time_limit', elapsedS: 5412 }, 2),
);

/** Somebody called it off. */
export const Cancelled: Story = followed(cancelled);

/** There is no job with this id. */
export const NoSuchJob: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, jobsHub(), html`<job-view job-id="job-gone"></job-view>`),
};

/** Someone may look, and no more. */
export const ReadOnly: Story = {
  args: { readOnly: true },
};

/** A thousand tasks: the first two hundred are shown. */
export const ManyTasks: Story = {
  args: {
    job: sampleJob({ jobId: 'job-many', taskCounts: counts({ completed: 400, running: 3, pending: 597 }) }),
    tasks: Array.from({ length: 1000 }, (_, i) =>
      simulatedTask({
        taskId: `task-${i}`,
        title: `Chapter ${i + 1}`,
        status: i < 400 ? 'completed' : 'pending',
      }),
    ),
  },
};

/** Long texts, texts of both directions, and texts that would do harm if they were more than text. */
export const HostileTexts: Story = {
  args: {
    job: sampleJob({
      jobId: `job-${'x'.repeat(60)}`,
      projectDescription: `<script>alert(1)</script> ${'اكتب برنامجا يطبع حالة الطقس '.repeat(12)}\n${'word '.repeat(300)}`,
      successCriteria: ['<img src=x onerror=alert(1)>', 'يعمل في كل مكان', 'a'.repeat(300)],
      model: 'm'.repeat(120),
      labels: ['<b>urgent</b>', 'weather'],
    }),
    tasks: [simulatedTask({ taskId: 't', title: `<i>${'long '.repeat(40)}</i>` })],
  },
};
