import type { EndpointModel } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { gigabyteText } from '../resource-meter/resource-meter.js';
import { countText, isLoaded, modelStateText } from './endpoint-texts.js';

const shownAtMost = 3;
const names = new Intl.Collator(undefined, { numeric: true });

/** What is open of a list of models, and how to change that. */
export interface ModelListView {
  readonly isOpen: boolean;
  readonly toggled: (event: Event) => void;
}

/** Models as they are read: what is in memory first, then by name. */
function inReadingOrder(models: readonly EndpointModel[]): EndpointModel[] {
  return [...models].sort((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name));
}

function rank(model: EndpointModel): number {
  if (isLoaded(model)) return 0;
  return modelStateText(model.state) === '' ? 2 : 1;
}

/**
 * The first few models of an endpoint, and the rest behind a button.
 * @param isKnown whether it was ever found out which models there are
 */
export function renderModels(
  models: readonly EndpointModel[],
  isKnown: boolean,
  view: ModelListView,
): TemplateResult {
  if (models.length === 0) return html`<span class="unknown">${isKnown ? 'none' : 'N/A'}</span>`;
  const ordered = inReadingOrder(models);
  const first = models.length <= shownAtMost ? shownAtMost : shownAtMost - 1;
  const rest = ordered.slice(first);
  return html`
    <ul class="models">${ordered.slice(0, first).map(renderModel)}</ul>
    ${
      rest.length === 0
        ? nothing
        : html`<details ?open=${view.isOpen} @toggle=${view.toggled}>
          <summary>+${countText(rest.length)} more</summary>
          ${view.isOpen ? html`<ul class="models rest" tabindex="0" aria-label="More models">${rest.map(renderModel)}</ul>` : nothing}
        </details>`
    }
  `;
}

function renderModel(model: EndpointModel): TemplateResult {
  const { name, sizeBytes, vramBytes } = model;
  const facts = [modelStateText(model.state), sizeBytes === null ? '' : gigabyteText(sizeBytes)].filter(
    Boolean,
  );
  const graphics = vramBytes === null ? '' : `, ${gigabyteText(vramBytes)} of it in graphics memory`;
  return html`<li data-state=${model.state ?? 'listed'} title=${`${name}${facts.length === 0 ? '' : `: ${facts.join(', ')}`}${graphics}`}><span class="model-name">${name}</span>
    ${facts.length === 0 ? nothing : html`<span class="model-facts">${facts.join(' ')}</span>`}
  </li>`;
}
