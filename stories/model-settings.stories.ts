import { CorralError, type ModelStatus } from '@corral/core';
import type { IntentEvent, ModelSettingsForm } from '@corral/elements';
import '@corral/elements/model-settings.js';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html, type TemplateResult } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { hubOf, oneModel, withHub } from './simulation.js';

const { args, argTypes } = getStorybookHelpers<ModelSettingsForm>('model-settings', {
  excludeCategories: ['methods'],
});

const framed = (model: ModelStatus | undefined): TemplateResult =>
  html`<div style="max-width: 420px"><model-settings .model=${model}></model-settings></div>`;

const meta = {
  title: 'Elements/Model settings',
  component: 'model-settings',
  args: { ...args },
  argTypes,
  parameters: { controls: { disable: true } },
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelSettingsForm>>;

const of = (facts: Partial<ModelStatus>): Pick<Story, 'render'> => ({
  render: (_, context) => {
    const hub = hubOf([oneModel(facts)]);
    return withHub(context, hub, framed(hub.model('m')));
  },
});

async function formIn(
  canvas: HTMLElement,
): Promise<{ form: ModelSettingsForm; find: (selector: string) => HTMLElement }> {
  const form = canvas.querySelector('model-settings') as ModelSettingsForm;
  await form.updateComplete;
  return { form, find: (selector) => form.shadowRoot?.querySelector(selector) as HTMLElement };
}

/** A model that follows the defaults in everything: they show as placeholders. */
export const Defaults: Story = of({});

/** Two settings of its own, each with a way back. */
export const Overridden: Story = of({ overrides: { ctxSize: 16_384, extraFlags: ['--flash-attn', 'on'] } });

/** The server runs with other settings than its next start would use. */
export const Running: Story = of({ state: 'ready', restartNeeded: true, overrides: { nThreads: 12 } });

/** What is wrong stands at its field, and SAVE goes to it. */
export const Errors: Story = {
  ...of({}),
  play: async ({ canvasElement }) => {
    const { find } = await formIn(canvasElement);
    await userEvent.type(find('#nThreads'), '0');
    await userEvent.type(find('#batchSize'), 'many');
    await userEvent.click(find('.save'));
    await userEvent.type(find('#port'), '80');
    await userEvent.click(find('.apply'));
    await waitFor(() => expect(find('#nThreads-note')).toHaveTextContent('from 1 to 512'));
    await expect(find('#port-note')).toHaveTextContent('Expected a port from');
  },
};

/** What the hub refuses stands at its field too. */
export const Refused: Story = {
  ...of({}),
  play: async ({ canvasElement }) => {
    const { form, find } = await formIn(canvasElement);
    const details = { fields: { nThreads: 'This machine has 8' } };
    form.addEventListener('model-settings-change', (event: IntentEvent) =>
      event.respondWith(
        Promise.reject(new CorralError('invalid_settings', 'Expected other values', { details })),
      ),
    );
    await userEvent.type(find('#nThreads'), '64');
    await userEvent.click(find('.save'));
    await waitFor(() => expect(find('#nThreads-note')).toHaveTextContent('This machine has 8'));
  },
};

/** Only what changed is saved. */
export const Saved: Story = {
  ...of({ state: 'ready' }),
  play: async ({ canvasElement }) => {
    const { find } = await formIn(canvasElement);
    await userEvent.type(find('#ctxSize'), '16384');
    await userEvent.click(find('.save'));
    await waitFor(() => expect(find('.saved')).toHaveTextContent('Saved'));
  },
};

/** A command line fills the form in; what must not be set is named. */
export const PastedCommand: Story = {
  ...of({}),
  play: async ({ canvasElement }) => {
    const { find } = await formIn(canvasElement);
    await userEvent.click(find('summary'));
    await userEvent.type(
      find('#command'),
      'llama-server -m x.gguf -c 4096 -ngl 20 -fa on --slot-save-path /x',
    );
    await userEvent.click(find('.fill'));
    await waitFor(() => expect(find('.left-out')).toHaveTextContent('--slot-save-path'));
  },
};
