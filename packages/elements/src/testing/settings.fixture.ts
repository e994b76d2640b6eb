import { defaultModelSettings, type ModelDefaults, type ModelPatch, type ModelStatus } from '@corral/core';
import { simulatedModel } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import type { ModelSettingsChangeEvent } from '../events/model-events.js';
import '../model-settings/define.js';
import type { ModelSettingsForm } from '../model-settings/model-settings.js';
import { drawn, inside, textOf } from './frames.fixture.js';

export const defaults: ModelDefaults = {
  settings: { ...defaultModelSettings, nThreads: 6 },
  builtIn: defaultModelSettings,
  portRange: { from: 8100, to: 8199 },
};
export const modelWith = (facts: Partial<ModelStatus> = {}): ModelStatus => {
  const { overrides = {} } = facts;
  return simulatedModel({ modelId: 'm', settings: { ...defaults.settings, ...overrides }, ...facts });
};

export async function form(facts: Partial<ModelStatus> = {}): Promise<ModelSettingsForm> {
  const element = await fixture<ModelSettingsForm>(
    html`<model-settings .model=${modelWith(facts)} .defaults=${defaults}></model-settings>`,
  );
  await drawn();
  return element;
}

export const input = (element: Element, id: string): HTMLInputElement =>
  inside<HTMLInputElement>(element, `#${id}`);
export const note = (element: Element, id: string): string => textOf(element, `#${id}-note`);
export const save = (element: Element): void => inside<HTMLButtonElement>(element, '.save').click();
export const isOff = (element: Element, selector: string): boolean =>
  inside(element, selector).getAttribute('aria-disabled') === 'true';

export async function type(element: ModelSettingsForm, id: string, text: string): Promise<void> {
  input(element, id).value = text;
  input(element, id).dispatchEvent(new Event('input', { bubbles: true }));
  input(element, id).dispatchEvent(new Event('change', { bubbles: true }));
  await element.updateComplete;
}

/** What the form wishes from now on, each wish answered in turn. */
export function wishes(element: Element, ...answers: Promise<unknown>[]): ModelPatch[] {
  const patches: ModelPatch[] = [];
  // A refusal that waits for its turn is no mistake.
  for (const answer of answers) answer.catch(() => {});
  element.addEventListener('model-settings-change', (event) => {
    const { patch } = event as ModelSettingsChangeEvent;
    patches.push(patch);
    const answer = answers.shift();
    if (answer) (event as ModelSettingsChangeEvent).respondWith(answer);
  });
  return patches;
}
