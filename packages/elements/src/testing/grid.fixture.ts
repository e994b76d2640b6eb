import type { ModelStatus } from '@corral/core';
import { type SimulatedHub, simulatedModel } from '@corral/core/testing';
import { fixture, html, waitUntil } from '@open-wc/testing';
import '../corral-provider/define.js';
import type { ModelCard } from '../model-card/model-card.js';
import '../model-grid/define.js';
import type { ModelGrid } from '../model-grid/model-grid.js';
import type { ModelToolbar } from '../model-toolbar/model-toolbar.js';
import { drawn, inside, textOf } from './frames.fixture.js';

/** Models with the ids m0, m1 and so on. */
export const models = (count: number, facts: Partial<ModelStatus> = {}): ModelStatus[] =>
  Array.from({ length: count }, (_, i) => simulatedModel({ modelId: `m${i}`, ...facts }));

export const cards = (grid: ModelGrid): ModelCard[] => [
  ...(grid.shadowRoot?.querySelectorAll('model-card') ?? []),
];
export const names = (grid: ModelGrid): string[] => cards(grid).map((card) => textOf(card, 'h3'));
export const toolbarOf = (grid: ModelGrid): ModelToolbar => inside<ModelToolbar>(grid, 'model-toolbar');

/** A grid of a list of its own, with its toolbar. */
export async function gridOf(list: readonly ModelStatus[], width?: number): Promise<ModelGrid> {
  const element = await fixture<ModelGrid>(html`<model-grid .models=${list}></model-grid>`);
  if (width !== undefined) element.style.width = `${width}px`;
  await equipped(element);
  return element;
}

/** A grid under a provider, with its toolbar. */
export async function underHub(hub: SimulatedHub): Promise<ModelGrid> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><model-grid></model-grid></corral-provider>`,
  );
  const grid = provider.querySelector('model-grid') as ModelGrid;
  await equipped(grid);
  return grid;
}

/** Waits for what a grid loads after its cards. */
export async function equipped(grid: ModelGrid): Promise<void> {
  await waitUntil(() => grid.shadowRoot?.querySelector('model-toolbar'), 'Expected the toolbar', {
    timeout: 10_000,
  });
  await drawn();
}
