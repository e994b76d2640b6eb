import type { ModelStatus } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import type { IntentEvent, ModelCard } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html, type TemplateResult } from 'lit';
import { expect, userEvent, waitFor } from 'storybook/test';
import { factsOfLlama, hubOf, oneModel, sampleDetails, withHub } from './simulation.js';

const { args, argTypes, template } = getStorybookHelpers<ModelCard>('model-card', {
  excludeCategories: ['methods'],
});

const framed = (content: TemplateResult): TemplateResult =>
  html`<div style="max-width: 420px">${content}</div>`;

/** The card of the story, and its buttons by their captions. */
async function cardOf(
  canvas: HTMLElement,
): Promise<{ card: ModelCard; button: (caption: string) => HTMLButtonElement }> {
  const card = canvas.querySelector('model-card') as ModelCard;
  await card.updateComplete;
  const button = (caption: string): HTMLButtonElement => {
    const all = [...(card.shadowRoot?.querySelectorAll('button') ?? [])];
    const found = all.find((one) => one.textContent.trim() === caption);
    if (!found)
      throw new Error(
        `Expected the card to have ${caption}, it has ${all.map((one) => one.textContent.trim()).join()}`,
      );
    return found;
  };
  return { card, button };
}

const statusOf = (card: ModelCard): string =>
  card.shadowRoot?.querySelector('[part=status] strong')?.textContent ?? '';

const meta = {
  title: 'Elements/Model card',
  component: 'model-card',
  args: { ...args, model: oneModel() },
  argTypes,
  render: (given) => framed(template(given)),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<ModelCard>>;

const underHub = (facts: Partial<ModelStatus>, live = false): Pick<Story, 'render' | 'parameters'> => ({
  parameters: { controls: { disable: true } },
  render: (_, context) =>
    withHub(context, hubOf([oneModel(facts)]), framed(html`<model-card model-id="m"></model-card>`), live),
});

/** A model that does not run. */
export const Idle: Story = {};

/** A model that serves, under a provider, one slot a second. */
export const Live: Story = underHub({ state: 'ready' }, true);

/** The server is up and still reads its weights. */
export const Loading: Story = { args: { model: oneModel({ state: 'loading' }) } };

/** The server gave up; the reason stands beside the state. */
export const Failed: Story = {
  args: {
    model: oneModel({
      state: 'failed',
      failureCode: 'model_unreadable',
      errorMessage: 'The file is cut short: 1.2 of 4.2 GB are there',
    }),
  },
};

/** A server that missed checks: unknown slots are gaps, never zeros. */
export const Gaps: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) => {
    const hub = new SimulatedHub([oneModel({ state: 'ready' })]);
    for (let i = 0; i < 20; i++) {
      const known = ![4, 5, 6, 12, 14].includes(i);
      hub.sample({
        m: {
          tokensPerSecond: known ? 40 + 15 * Math.sin(i / 2) : null,
          memoryGb: i > 2 ? 4.2 + i / 100 : null,
          latencyMs: known ? 6 + (i % 3) : null,
        },
      });
    }
    return withHub(context, hub, framed(html`<model-card model-id="m"></model-card>`));
  },
};

/** Each tier with its badge; the last one by a person's choice. */
export const Tiers: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <div style="display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr))">
      <model-card .model=${oneModel({ filename: 'fast-Q2_K.gguf' })}></model-card>
      <model-card .model=${oneModel({ filename: 'balanced-Q3_K_M.gguf', assignedTier: 'balanced' })}></model-card>
      <model-card .model=${oneModel({ filename: 'powerful-Q4_K_M.gguf', assignedTier: 'powerful' })}></model-card>
      <model-card .model=${oneModel({ filename: 'overridden-Q2_K.gguf', tierOverride: 'powerful' })}></model-card>
    </div>
  `,
};

/** A model that nobody may start. */
export const Disabled: Story = { args: { model: oneModel({ enabled: false }) } };

/** A server of someone else: it is watched, not controlled. */
export const OnlyWatched: Story = { args: { model: oneModel({ state: 'ready', control: 'none' }) } };

/** A model that a llama.cpp router or a llama-swap loads and unloads when asked. */
export const LoadedByOthers: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`
    <div style="display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr))">
      <model-card .model=${oneModel({ filename: 'router-model', state: 'offline', control: 'router', port: null })}></model-card>
      <model-card .model=${oneModel({ filename: 'swap-model', state: 'ready', control: 'swap', port: null })}></model-card>
    </div>
  `,
};

/** The server ended and will be started again. */
export const Backoff: Story = {
  args: {
    model: oneModel({
      state: 'backoff',
      restartInSeconds: 4,
      errorMessage: 'The server ended (exit code 1)',
    }),
  },
};

/** Requests are running: stopping asks first. */
export const AsksBeforeStopping: Story = {
  ...underHub({ state: 'ready', load: { processing: 3, deferred: 1 } }),
  play: async ({ canvasElement }) => {
    const { card, button } = await cardOf(canvasElement);
    await userEvent.click(button('STOP'));
    await waitFor(() =>
      expect(card.shadowRoot?.querySelector('.confirm')).toHaveTextContent(
        '3 requests are running. Stop anyway?',
      ),
    );
  },
};

/** Every number with its source and age, what the file says, and the log. */
export const Details: Story = {
  parameters: { controls: { disable: true } },
  render: (_, context) => {
    const hub = hubOf([
      oneModel({
        state: 'ready',
        gguf: factsOfLlama,
        lastExit: {
          exitCode: null,
          signal: 'SIGKILL',
          message: 'The server was ended from outside',
          at: '2026-01-01T09:12:00.000Z',
        },
      }),
    ]);
    hub.setDetails(sampleDetails('m'));
    return withHub(context, hub, framed(html`<model-card model-id="m" details-open></model-card>`));
  },
  play: async ({ canvasElement }) => {
    const { card } = await cardOf(canvasElement);
    await waitFor(() =>
      expect(
        card.shadowRoot?.querySelector('model-details')?.shadowRoot?.querySelector('pre'),
      ).toHaveTextContent('task 119'),
    );
  },
};

/** Names are text in every place, and too long ones are cut short. */
export const HostileNames: Story = {
  args: {
    model: oneModel({
      filename: '"><img src=x onerror=alert(1)>-<script>alert(1)</script>-a-name-without-any-end.gguf',
      state: 'failed',
      errorMessage: '\u202Egnp.elbatucexe\u202C <b>not bold</b>',
    }),
  },
};

/** START goes to the hub and comes back as the new state. */
export const Start: Story = {
  ...underHub({ state: 'offline' }),
  play: async ({ canvasElement }) => {
    const { card, button } = await cardOf(canvasElement);
    await expect(button('START')).toHaveAccessibleName('Start llama-3.2-3b-instruct-Q4_K_M.gguf');
    await userEvent.click(button('START'));
    await waitFor(() => expect(statusOf(card)).toBe('ACTIVE'));
    await expect(button('STOP')).toBeEnabled();
  },
};

/** STOP goes to the hub and comes back as the new state. */
export const Stop: Story = {
  ...underHub({ state: 'ready' }),
  play: async ({ canvasElement }) => {
    const { card, button } = await cardOf(canvasElement);
    await userEvent.click(button('STOP'));
    await waitFor(() => expect(statusOf(card)).toBe('OFFLINE'));
    await expect(button('START')).toBeEnabled();
  },
};

/** SETTINGS slides open under the actions, by keyboard too. */
export const Settings: Story = {
  play: async ({ canvasElement }) => {
    const { card, button } = await cardOf(canvasElement);
    button('SETTINGS').focus();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(button('SETTINGS')).toHaveAttribute('aria-expanded', 'true'));
    const panel = card.shadowRoot?.querySelector('[part=settings]');
    await waitFor(() => expect(panel?.querySelector('model-settings')).toBeTruthy());
    await waitFor(() => expect(panel?.getBoundingClientRect().height).toBeGreaterThan(60));
  },
};

/** A wish that was refused: the reason stands under the buttons. */
export const Refused: Story = {
  play: async ({ canvasElement }) => {
    const { card, button } = await cardOf(canvasElement);
    const refuse = (event: Event): void =>
      (event as IntentEvent).respondWith(Promise.reject(new Error('Port 8100 is taken by another process')));
    card.addEventListener('model-start', refuse, { once: true });
    await userEvent.click(button('START'));
    await waitFor(() =>
      expect(card.shadowRoot?.querySelector('[role=alert]')).toHaveTextContent('Port 8100 is taken'),
    );
    await expect(button('START')).toBeEnabled();
  },
};
