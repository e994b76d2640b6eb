import type { JobTask } from '@corral/core';
import { simulatedTask } from '@corral/core/testing';
import type { TaskCard } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html, type TemplateResult } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { sampleTasks } from './jobs.js';

const { args, argTypes } = getStorybookHelpers<TaskCard>('task-card', { excludeCategories: ['methods'] });

type Load = TaskCard['loadResult'];

const load: Load = async () => ({
  task: simulatedTask({ taskId: 'task-1' }),
  prompt: 'Choose a weather API that needs no key. Answer with its address and one example.',
  output:
    'Open-Meteo answers without a key:\nhttps://api.open-meteo.com/v1/forecast?latitude=52.5&longitude=13.4\n',
});

const cards = (tasks: readonly JobTask[], loadResult: Load = load): TemplateResult => html`
  <div style="display: grid; grid-template-columns: repeat(auto-fill, minmax(min(250px, 100%), 1fr)); gap: 12px">
    ${tasks.map((task) => html`<task-card .task=${task} .loadResult=${loadResult}></task-card>`)}
  </div>
`;

const meta = {
  title: 'Elements/Task card',
  component: 'task-card',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
  render: () => cards(sampleTasks()),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<TaskCard>>;

/** Opens the first card. */
const open: NonNullable<Story['play']> = async ({ canvasElement }) => {
  const root = (): ShadowRoot | null | undefined => canvasElement.querySelector('task-card')?.shadowRoot;
  await waitFor(() => expect(root()?.querySelector('.open')).toBeTruthy(), { timeout: 10_000 });
  await userEvent.click(root()?.querySelector('.open') as HTMLElement);
  await waitFor(() => expect(root()?.querySelector('.details')).toBeTruthy());
};

/** Tasks in every state. */
export const EachState: Story = {};

/** The result and the prompt, as text, to be copied. */
export const Opened: Story = { play: open };

/** The hub has not answered yet. */
export const Loading: Story = {
  render: () => cards(sampleTasks().slice(0, 1), () => new Promise(() => {})),
  play: open,
};

/** The hub says why not. */
export const Refused: Story = {
  render: () => cards(sampleTasks().slice(0, 1), () => Promise.reject(new Error('The hub is busy'))),
  play: open,
};

/** Nobody can be asked for results: there is nothing to open. */
export const WithoutResults: Story = {
  render: () => html`<div style="max-width: 260px"><task-card .task=${sampleTasks()[0]}></task-card></div>`,
};

/** Long texts, texts that would do harm if they were more than text, and a language that is read from right to left. */
export const HostileTexts: Story = {
  render: () =>
    cards(
      [
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        'a'.repeat(400),
        'اكتب أداة تطبع حالة الطقس في مدينة ما مع اختبارات',
        '\u202Egpj.exe',
      ].map((text, i) => simulatedTask({ taskId: `t${i}`, title: text, model: text.slice(0, 120) })),
      async () => ({
        task: simulatedTask({ taskId: 't' }),
        prompt: '<b>bold</b>',
        output: '<script>alert(1)</script>\n'.repeat(40),
      }),
    ),
  play: open,
};

/** In a page that is read from right to left. */
export const RightToLeft: Story = { render: () => html`<div dir="rtl">${cards(sampleTasks())}</div>` };

/** In little width. */
export const Narrow: Story = { render: () => html`<div style="width: 240px">${cards(sampleTasks())}</div>` };

/** On a light page. */
export const Light: Story = { globals: { theme: 'light' } };
