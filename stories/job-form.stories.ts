import { CorralError } from '@corral/core';
import type { SimulatedHub } from '@corral/core/testing';
import type { JobForm } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html, type TemplateResult } from 'lit';
import { expect, fireEvent, userEvent, waitFor } from 'storybook/test';
import { fleetHub } from './fleet.js';
import { withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<JobForm>('job-form', { excludeCategories: ['methods'] });

const form = html`<job-form job-href="#/jobs/{id}"></job-form>`;
const yaml = html`<job-form tab="yaml" job-href="#/jobs/{id}"></job-form>`;

const text = `project_description: Write a weather tool
success_criteria:
  - It prints the weather of a city
   - It has tests
budget_usd: 0.50
`;

const meta = {
  title: 'Elements/Job form',
  component: 'job-form',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: (_, context) => withHub(context, fleetHub(), form),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<JobForm>>;

/** A story of this hub. */
const of = (change: (hub: SimulatedHub) => void, content: TemplateResult, facts: Story = {}): Story => ({
  render: (_, context) => {
    const hub = fleetHub();
    change(hub);
    return withHub(context, hub, content);
  },
  ...facts,
});

/** What is in the form, once it is drawn. */
async function drawnForm(canvas: HTMLElement): Promise<ShadowRoot> {
  const root = (): ShadowRoot | null | undefined => canvas.querySelector('job-form')?.shadowRoot;
  await waitFor(() => expect(root()?.querySelector('form')).toBeTruthy(), { timeout: 10_000 });
  return root() as ShadowRoot;
}

/** Fills in the form and starts the job. */
const start: NonNullable<Story['play']> = async ({ canvasElement }) => {
  const root = await drawnForm(canvasElement);
  await userEvent.type(root.querySelector('#projectDescription') as HTMLElement, 'Write a weather tool');
  await userEvent.click(root.querySelector('.submit') as HTMLElement);
};

/** Gives it a text, and waits until it is checked. */
const write =
  (pasted: string, expected: RegExp): NonNullable<Story['play']> =>
  async ({ canvasElement }) => {
    const root = await drawnForm(canvasElement);
    await fireEvent.input(root.querySelector('#yaml') as HTMLElement, { target: { value: pasted } });
    await waitFor(() => expect(root.querySelector('#yaml-state')).toHaveTextContent(expected));
  };

/** As it begins: with the defaults. */
export const Idle: Story = {};

/** The job is on its way. */
export const Starting: Story = of(
  (hub) => {
    hub.jobs.submit = () => new Promise(() => {});
  },
  form,
  { play: start },
);

/** It is started: the form is empty again, and there is a way to the job. */
export const Started: Story = { play: start };

/** What the hub refuses is said at the fields. */
export const RefusedFields: Story = of(
  (hub) => {
    const fields = {
      budgetUsd: 'Expected at most what the hub allows, 5 USD',
      'successCriteria.2': 'Expected at most 4096 characters',
      targetScore: 'Expected a number from 0 to 1',
    };
    hub.jobs.refusal = new CorralError('invalid_job', 'The job cannot be taken', { details: { fields } });
  },
  form,
  { play: start },
);

/** What is of no field is said below. */
export const Refused: Story = of(
  (hub) => {
    hub.jobs.refusal = new CorralError('no_executor', 'This hub has nothing that runs jobs');
  },
  form,
  { play: start },
);

/** A token that may only look. */
export const ViewOnly: Story = of((hub) => {
  hub.scope = 'view';
}, form);

/** The tab for YAML. */
export const Yaml: Story = of(() => {}, yaml);

/** What would be run, with what is the default. */
export const YamlPreview: Story = of(
  (hub) => {
    const tasks = ['Choose an API', 'Write the tool', 'Write the tests', 'Write the README'].map(
      (title, i) => ({
        taskId: `task-${i + 1}`,
        title,
        prompt: title,
        dependsOn: i === 0 ? [] : [`task-${i}`],
      }),
    );
    const successCriteria = ['It prints the weather of a city', 'It has tests'];
    hub.jobs.spec = { ...hub.jobs.spec, budgetUsd: 0.5, successCriteria, tasks };
  },
  yaml,
  { play: write(text, /This can be started, with 4 tasks/) },
);

/** A mistake, with its line and column. */
export const YamlMistake: Story = of(
  (hub) => {
    const details = { line: 4, column: 4, problem: 'bad indentation of a sequence entry' };
    hub.jobs.refusal = new CorralError('invalid_yaml', 'Expected YAML', { details });
  },
  yaml,
  { play: write(text, /Line 4, column 4/) },
);

/** Values that cannot be, each with its line. */
export const YamlValues: Story = of(
  (hub) => {
    const fields = { budgetUsd: 'Expected more than 0', 'tasks.3.prompt': 'Expected at most 64 KiB' };
    const details = { fields, lines: { budgetUsd: 5 } };
    hub.jobs.refusal = new CorralError('out_of_range', 'The job cannot be taken', { details });
  },
  yaml,
  { play: write(text, /budgetUsd/) },
);

/** Texts that would do harm if they were more than text, a long one, and one that is read from right to left. */
export const HostileTexts: Story = of(
  (hub) => {
    const texts = [
      '<script>alert(1)</script>',
      '\u202Egpj.exe',
      'a'.repeat(500),
      'اكتب أداة تطبع حالة الطقس',
    ];
    const tasks = texts.map((title, i) => ({ taskId: `t${i}`, title, prompt: title, dependsOn: [] }));
    hub.jobs.spec = {
      ...hub.jobs.spec,
      projectDescription: texts[2] ?? '',
      successCriteria: texts,
      labels: texts,
      tasks,
    };
  },
  yaml,
  { play: write('<script>alert(1)</script>', /with 4 tasks/) },
);

/** In a page that is read from right to left. */
export const RightToLeft: Story = {
  render: (_, context) => html`<div dir="rtl">${withHub(context, fleetHub(), form)}</div>`,
};

/** In little width. */
export const Narrow: Story = {
  render: (_, context) => html`<div style="width: 330px">${withHub(context, fleetHub(), form)}</div>`,
};

/** On a light page. */
export const Light: Story = { globals: { theme: 'light' } };
