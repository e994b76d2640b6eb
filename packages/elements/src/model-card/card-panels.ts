import type { ModelDetails, ModelStatus } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import type { ModelDetailsPanel } from '../model-details/model-details.js';
import type { ModelSettingsForm } from '../model-settings/model-settings.js';

/** The elements in a card's panels; they must be registered. */
export interface CardPanels {
  readonly ModelSettingsForm: new () => ModelSettingsForm;
  readonly ModelDetailsPanel: new () => ModelDetailsPanel;
}

/** A panel of a card; a press opens one and closes the other. */
export type PanelName = 'settings' | 'details';

const titles: Readonly<Record<PanelName, string>> = { settings: 'Settings', details: 'Details' };

/** How the panels of a card stand, and what the details show if the page knows them. */
export interface PanelState {
  readonly settingsOpen: boolean;
  readonly detailsOpen: boolean;
  readonly details: ModelDetails | undefined;
}

/** The two panels of a card. What is in them is loaded when one is first opened. */
export class PanelHolder {
  readonly #load: () => Promise<CardPanels>;
  readonly #changed: () => void;
  #elements: CardPanels | undefined;
  #isLoading = false;
  #problem: string | undefined;
  #settings: ModelSettingsForm | undefined;
  #details: ModelDetailsPanel | undefined;

  /** @param changed there is something to show */
  constructor(load: () => Promise<CardPanels>, changed: () => void) {
    this.#load = load;
    this.#changed = changed;
  }

  /** A panel was opened. */
  async open(): Promise<void> {
    if (this.#elements || this.#isLoading) return;
    this.#isLoading = true;
    this.#problem = undefined;
    try {
      this.#elements = await this.#load();
    } catch {
      this.#problem = 'This part of the page could not be loaded. Close and open it to try again.';
    }
    this.#isLoading = false;
    this.#changed();
  }

  /** Whether someone may look at the details: while nobody does, the hub is not asked for them. */
  setActive(active: boolean): void {
    if (this.#details) this.#details.active = active;
  }

  /** Gives the elements in the panels what they show. */
  feed(model: ModelStatus, { settingsOpen, detailsOpen, details }: PanelState, onScreen: boolean): void {
    if (!this.#elements) return;
    if (settingsOpen) this.#settings ??= new this.#elements.ModelSettingsForm();
    if (detailsOpen) this.#details ??= new this.#elements.ModelDetailsPanel();
    if (this.#settings) this.#settings.model = model;
    if (!this.#details) return;
    this.#details.model = model;
    this.#details.details = details;
    this.setActive(detailsOpen && onScreen);
  }

  render(name: PanelName, filename: string, open: boolean): TemplateResult {
    const content = name === 'settings' ? this.#settings : this.#details;
    const missing = open ? (this.#problem ?? 'Loading…') : nothing;
    return html`
      <div part=${name} class="panel" id=${name} role="group" aria-label=${`${titles[name]} of ${filename}`} ?data-open=${open}>
        <div>${content ?? html`<p class="missing">${missing}</p>`}</div>
      </div>
    `;
  }
}

/** The button that opens and closes a panel. */
export function renderToggle(
  name: PanelName,
  filename: string,
  { open, tabIndex, press }: { open: boolean; tabIndex: number; press: () => void },
): TemplateResult {
  return html`
    <button
      class="quiet ${name}"
      type="button"
      tabindex=${tabIndex}
      aria-label=${`${titles[name]} of ${filename}`}
      aria-expanded=${open ? 'true' : 'false'}
      aria-controls=${name}
      @click=${press}
    >${name.toUpperCase()}</button>
  `;
}
