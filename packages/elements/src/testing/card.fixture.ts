import type { ModelStatus } from '@corral/core';
import { simulatedModel } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import type { IntentEvent } from '../events/intent-event.js';
import '../model-card/define.js';
import type { ModelCard } from '../model-card/model-card.js';
import type { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { drawn, inside } from './frames.fixture.js';

export const filename = 'llama-3.2-3b-instruct-Q4_K_M.gguf';
export const modelWith = (facts: Partial<ModelStatus> = {}): ModelStatus =>
  simulatedModel({ modelId: 'm', filename, ...facts });

export async function card(facts: Partial<ModelStatus> = {}): Promise<ModelCard> {
  const element = await fixture<ModelCard>(html`<model-card .model=${modelWith(facts)}></model-card>`);
  await drawn();
  return element;
}

export async function show(element: ModelCard, facts: Partial<ModelStatus>): Promise<void> {
  element.model = { ...(element.model as ModelStatus), ...facts };
  await drawn();
}

export const buttons = (element: ModelCard): HTMLButtonElement[] => [
  ...(element.shadowRoot?.querySelectorAll('button') ?? []),
];
export const captions = (element: ModelCard): string[] =>
  buttons(element).map((button) => button.textContent.trim());
export const facts = (element: ModelCard): Record<string, string> =>
  Object.fromEntries(
    [...inside(element, '[part=facts]').children].map((row) => [
      row.querySelector('dt')?.textContent ?? '',
      row.querySelector('dd')?.textContent ?? '',
    ]),
  );
export const sparklines = (element: ModelCard): ModelSparkline[] =>
  [...inside(element, '.metrics').children] as ModelSparkline[];

/** Presses a button and answers what it wishes with `response`. */
export function press<E extends IntentEvent>(
  element: ModelCard,
  selector: string,
  response?: Promise<unknown>,
): E[] {
  const heard: E[] = [];
  for (const type of ['model-start', 'model-stop', 'model-restart']) {
    element.addEventListener(
      type,
      (event) => {
        heard.push(event as E);
        if (response) (event as E).respondWith(response);
      },
      { once: true },
    );
  }
  inside<HTMLButtonElement>(element, selector).click();
  return heard;
}
