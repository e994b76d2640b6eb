import type { FleetModel } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { countText } from './endpoint-texts.js';

const shownAtMost = 12;

/** Which models of the fleet are shown, and what is done with them. */
export interface ChipsView {
  /** The model that the table is filtered by. */
  readonly pressed: string | undefined;
  /** Whether all are shown, however many there are. */
  readonly isOpen: boolean;
  readonly press: (model: string) => void;
  readonly toggle: () => void;
}

/** On how many hosts a model is, such as `3 hosts`. */
function hostsText(count: number): string {
  return count === 1 ? '1 host' : `${countText(count)} hosts`;
}

/** A chip for each model of the fleet; those that are loaded somewhere have a mark. */
export function renderChips(fleet: readonly FleetModel[], view: ChipsView): TemplateResult | typeof nothing {
  const { pressed, isOpen, toggle } = view;
  // A chip that is pressed stays, or nobody could let go of it.
  const all =
    pressed === undefined || fleet.some(({ model }) => model === pressed)
      ? fleet
      : [{ model: pressed, hosts: 0, loadedHosts: 0 }, ...fleet];
  if (all.length === 0) return nothing;
  const shown = isOpen ? all : all.filter(({ model }, i) => i < shownAtMost || model === pressed);
  const hidden = all.length - shown.length;
  return html`
    <ul part="fleet" class="fleet" aria-label="Models of the fleet">
      ${repeat(
        shown,
        ({ model }) => model,
        (entry) => html`<li>${renderChip(entry, view)}</li>`,
      )}
      ${
        hidden > 0 || isOpen
          ? html`<li><button class="chips-more quiet" type="button" aria-expanded=${isOpen ? 'true' : 'false'} @click=${toggle}>${isOpen ? 'FEWER' : `+${countText(hidden)} MORE`}</button></li>`
          : nothing
      }
    </ul>
  `;
}

function renderChip(
  { model, hosts, loadedHosts }: FleetModel,
  { pressed, press }: ChipsView,
): TemplateResult {
  const loaded = loadedHosts > 0 ? `loaded on ${hostsText(loadedHosts)}` : 'loaded nowhere';
  return html`<button
    class="chip"
    type="button"
    aria-pressed=${model === pressed ? 'true' : 'false'}
    ?data-loaded=${loadedHosts > 0}
    title=${`${model}: on ${hostsText(hosts)}, ${loaded}`}
    @click=${() => press(model)}
  ><span class="chip-name">${model}</span> (${hostsText(hosts)})${loadedHosts > 0 ? html`<span class="unseen">, ${loaded}</span>` : nothing}</button>`;
}
