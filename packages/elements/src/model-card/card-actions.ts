import type { ModelStatus } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import { html, nothing, type TemplateResult } from 'lit';
import { ConfirmController } from '../confirm-controller.js';
import type { IntentEvent } from '../events/intent-event.js';
import { ModelRestartEvent, ModelStartEvent, ModelStopEvent } from '../events/model-events.js';
import { IntentController } from '../intent-controller.js';
import { actionsOf, cutOffQuestion, type ModelAction } from './status-view.js';

const actionNames = ['start', 'stop', 'restart'] as const;
const intents = { start: ModelStartEvent, stop: ModelStopEvent, restart: ModelRestartEvent } as const;

/** What can be done with the model of a card: the buttons, the question before requests are cut off, and refusals. */
export class CardActions {
  readonly #intents: IntentController;
  readonly #confirm: ConfirmController;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#intents = new IntentController(host);
    this.#confirm = new ConfirmController(host);
  }

  /** Announces a wish of the card. */
  ask(name: string, intent: IntentEvent): void {
    void this.#intents.ask(name, intent);
  }

  /** Another model or state: a refusal and a question belong to those in which they came up. */
  forget(): void {
    this.#intents.problem = undefined;
    this.#confirm.about = undefined;
  }

  /**
   * @param others buttons that go with the actions, for as long as nothing is asked
   * @param readOnly whether nothing may be done with the model
   */
  render(model: ModelStatus, tabIndex: number, others: unknown, readOnly: boolean): TemplateResult {
    const actions = readOnly ? [] : actionsOf(model);
    const asked = actions.find(({ name }) => name === this.#confirm.about);
    const { problem } = this.#intents;
    return html`
      ${
        asked
          ? this.#confirm.render({
              question: cutOffQuestion(model, asked.caption),
              yes: `${asked.caption.toUpperCase()} NOW`,
              onYes: () => this.ask(asked.name, new intents[asked.name](model.modelId)),
              tabIndex,
            })
          : html`
            <div part="actions" class="actions">
              ${actionNames.map((name) => {
                const action = actions.find((one) => one.name === name);
                // Each action has its own place, so that a button never turns into another one under a finger.
                return action ? this.#renderAction(model, action, tabIndex) : nothing;
              })}
              ${others}
              <slot name="actions"></slot>
            </div>
          `
      }
      <div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>
    `;
  }

  #renderAction(model: ModelStatus, { name, caption }: ModelAction, tabIndex: number): TemplateResult {
    const { pending } = this.#intents;
    const disabled = name === 'start' && !model.enabled;
    const again = name === 'stop' && model.state === 'stopping';
    return html`
      <button
        class=${name}
        type="button"
        tabindex=${tabIndex}
        title=${disabled ? 'This model is disabled: enable it in its settings' : again ? 'Stop now, without waiting for requests' : nothing}
        aria-label=${`${caption} ${model.filename}`}
        aria-busy=${pending === name ? 'true' : 'false'}
        ?disabled=${disabled}
        aria-disabled=${pending === undefined ? nothing : 'true'}
        @click=${() => this.#act(model, name)}
      >${caption.toUpperCase()}</button>
    `;
  }

  /** Requests that are running are cut off only after a question; a second STOP has been asked about already. */
  #act(model: ModelStatus, name: ModelAction['name']): void {
    if (this.#intents.pending !== undefined) return;
    const cutsOff = name !== 'start' && model.state !== 'stopping' && (model.load?.processing ?? 0) > 0;
    if (cutsOff) this.#confirm.open(name);
    else this.ask(name, new intents[name](model.modelId));
  }
}
