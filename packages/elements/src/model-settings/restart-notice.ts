import type { ModelStatus } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import { html, nothing, type TemplateResult } from 'lit';
import { ConfirmController } from '../confirm-controller.js';
import { ModelRestartEvent } from '../events/model-events.js';
import type { IntentController } from '../intent-controller.js';
import { cutOffQuestion } from '../model-card/status-view.js';

/** The line that says that a restart is needed; it asks before requests are cut off. */
export class RestartNotice {
  readonly #intents: IntentController;
  readonly #confirm: ConfirmController;

  constructor(host: ReactiveControllerHost & HTMLElement, intents: IntentController) {
    this.#intents = intents;
    this.#confirm = new ConfirmController(host);
  }

  render(model: ModelStatus): TemplateResult | typeof nothing {
    if (!model.restartNeeded) return nothing;
    return html`
      <div part="restart" class="restart-needed">
        ${this.#confirm.about === 'restart' ? this.#renderQuestion(model) : this.#renderButton(model)}
      </div>
    `;
  }

  #renderQuestion(model: ModelStatus): TemplateResult {
    return this.#confirm.render({
      question: cutOffQuestion(model, 'Restart'),
      yes: 'RESTART NOW',
      onYes: () => this.#restart(model),
    });
  }

  #renderButton(model: ModelStatus): TemplateResult {
    const { pending } = this.#intents;
    const press = (): void => {
      if ((model.load?.processing ?? 0) > 0) this.#confirm.open('restart');
      else this.#restart(model);
    };
    return html`
      <p>Restart needed for new settings</p>
      <button
        class="restart"
        type="button"
        aria-label=${`Restart ${model.filename}`}
        aria-busy=${pending === 'restart' ? 'true' : 'false'}
        aria-disabled=${pending === undefined ? 'false' : 'true'}
        @click=${press}
      >RESTART</button>
    `;
  }

  #restart({ modelId }: ModelStatus): void {
    void this.#intents.ask('restart', new ModelRestartEvent(modelId));
  }
}
