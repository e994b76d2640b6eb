import type { Endpoint } from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { ConfirmController } from '../confirm-controller.js';
import { EndpointRemoveEvent } from '../events/endpoint-events.js';
import { IntentController } from '../intent-controller.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { conditionText } from './condition-texts.js';
import { endpointListStyles } from './endpoint-list.styles.js';

/**
 * Attached servers, each with how it is in words, and a way to let go of it.
 *
 * @summary A list of attached servers.
 *
 * @fires {EndpointRemoveEvent} endpoint-remove - Someone pressed DETACH, and said yes.
 *
 * @csspart list - The list.
 */
export class EndpointList extends LitElement {
  static override styles = [tokens, controls, endpointListStyles];

  /** The servers that are listed. */
  @property({ attribute: false }) endpoints: readonly Endpoint[] = [];

  /** Whether none of them can be let go. */
  @property({ type: Boolean, reflect: true, attribute: 'read-only' }) readOnly = false;

  readonly #intents = new IntentController(this);
  readonly #confirm = new ConfirmController(this);
  #asked: string | undefined;

  protected override render(): TemplateResult | typeof nothing {
    if (this.endpoints.length === 0) return nothing;
    const { problem } = this.#intents;
    return html`
      <ul part="list" aria-label="Attached servers">
        ${repeat(
          this.endpoints,
          ({ id }) => id,
          (endpoint, index) => this.#renderEndpoint(endpoint, index),
        )}
      </ul>
      <div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>
    `;
  }

  #renderEndpoint(endpoint: Endpoint, index: number): TemplateResult {
    const { name, status } = endpoint;
    return html`
      <li data-status=${status}>
        <span class="dot"></span>
        <b>${name}</b>
        <span class="condition">${conditionText(endpoint)}</span>
        ${this.readOnly ? nothing : this.#renderDetach(endpoint, index)}
      </li>
    `;
  }

  #renderDetach({ id, name }: Endpoint, index: number): TemplateResult {
    const detach = (): void => {
      void this.#intents.ask(id, new EndpointRemoveEvent(id));
    };
    // The question goes back to the button by its class, which must not be made of anybody's text.
    const button = `detach-${index}`;
    if (this.#confirm.about !== undefined && this.#asked === id)
      return this.#confirm.render({
        question: 'Let go of this server? It runs on.',
        yes: 'DETACH NOW',
        onYes: detach,
      });
    const open = (): void => {
      this.#asked = id;
      this.#confirm.open(button);
    };
    return html`<button
      class="stop ${button}"
      type="button"
      aria-label=${`Detach ${name}`}
      aria-busy=${this.#intents.pending === id ? 'true' : 'false'}
      aria-disabled=${this.#intents.pending === undefined ? 'false' : 'true'}
      @click=${open}
    >DETACH</button>`;
  }
}
