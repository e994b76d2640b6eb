import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { html, type TemplateResult } from 'lit';

/** What is asked before something that cannot be undone. */
export interface Confirmation {
  readonly question: string;
  /** The caption of the button that goes ahead. */
  readonly yes: string;
  /** The caption of the button that takes the question back. Default: CANCEL. */
  readonly no?: string;
  readonly onYes: () => void;
  /** For elements whose buttons are not in the order of Tab: `-1`. */
  readonly tabIndex?: number | undefined;
}

/** Asks in place, next to the button that was pressed: the focus goes to the one that takes it back and comes back to that button. */
export class ConfirmController implements ReactiveController {
  /** What is asked about; `undefined` when nothing is. */
  about: string | undefined;
  readonly #host: ReactiveControllerHost & HTMLElement;
  #focusNext: string | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  /** Asks. The button that was pressed has `about` as its class. */
  open(about: string): void {
    this.about = about;
    this.#focusNext = '.confirm .cancel';
    this.#host.requestUpdate();
  }

  /** Takes the question back; the focus goes to the button it came from. */
  readonly close = (): void => {
    if (this.about === undefined) return;
    this.#focusNext = `button.${this.about}`;
    this.about = undefined;
    this.#host.requestUpdate();
  };

  hostUpdated(): void {
    const selector = this.#focusNext;
    this.#focusNext = undefined;
    if (selector !== undefined) this.#host.shadowRoot?.querySelector<HTMLElement>(selector)?.focus();
  }

  render({ question, yes, no = 'CANCEL', onYes, tabIndex = 0 }: Confirmation): TemplateResult {
    const ahead = (): void => {
      this.close();
      onYes();
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    };
    return html`
      <div class="confirm" role="group" aria-label=${question} @keydown=${escape}>
        <p>${question}</p>
        <button class="danger" type="button" tabindex=${tabIndex} @click=${ahead}>${yes}</button>
        <button class="cancel" type="button" tabindex=${tabIndex} @click=${this.close}>${no}</button>
      </div>
    `;
  }
}
