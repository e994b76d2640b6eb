import {
  type FieldProblems,
  type FlagProblem,
  type ModelDefaults,
  type ModelPatch,
  type ModelStatus,
  modelTiers,
  type NumericSetting,
  type PortRange,
  parseLlamaCommand,
  settingLimits,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ConfirmController } from '../confirm-controller.js';
import { ModelRestartEvent, ModelSettingsChangeEvent } from '../events/model-events.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import { cutOffQuestion, tierBadges } from '../model-card/status-view.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { settingsStyles } from './model-settings.styles.js';
import {
  type DraftField,
  type SettingField,
  SettingsDraft,
  settingFields,
  settingText,
} from './settings-draft.js';

const labels: Readonly<Record<SettingField, string>> = {
  nGpuLayers: 'GPU layers',
  ctxSize: 'Context size',
  nThreads: 'Threads',
  batchSize: 'Batch size',
  parallel: 'Parallel requests',
  sleepIdleSeconds: 'Idle sleep, seconds',
  extraFlags: 'Extra flags',
};

/** What 0 stands for, where it does. */
const zeros: Partial<Readonly<Record<NumericSetting, string>>> = {
  ctxSize: 'as trained',
  parallel: 'the server chooses',
  sleepIdleSeconds: 'never',
};

/** What came out of a pasted command line. */
interface Pasted {
  readonly filled: number;
  readonly leftOut: readonly FlagProblem[];
}

/**
 * The settings form of one model. An empty field follows the default, which it shows; what is set for this model stands
 * in its field and can be reset. Only what changed is saved, and what was typed outlives updates of the model.
 *
 * Give it a `model`, and `defaults` where it is not under a provider. The class is not called `ModelSettings`: that is
 * the name of what it edits.
 *
 * @summary The settings form of one model.
 *
 * @fires {ModelSettingsChangeEvent} model-settings-change - Someone pressed SAVE, or APPLY PORT.
 * @fires {ModelRestartEvent} model-restart - Someone pressed RESTART.
 *
 * @csspart form - The form.
 * @csspart restart - The line that says that a restart is needed.
 * @csspart paste - The part for a pasted command line.
 */
export class ModelSettingsForm extends LitElement {
  static override styles = [tokens, controls, settingsStyles];

  /** The model. */
  @property({ attribute: false }) model: ModelStatus | undefined;

  /** What models follow that have no settings of their own; by default those of the provider's hub. */
  @property({ attribute: false }) defaults: ModelDefaults | undefined;

  /** The ports that can be chosen; by default those of `defaults`. */
  @property({ attribute: false }) portRange: PortRange | undefined;

  @state() private saved = '';
  @state() private pasted: Pasted | undefined;
  /** The model as the answer to the last save has it, until a newer one comes in. */
  @state() private answered: ModelStatus | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => [hub.subscribe('models:defaults-changed', () => this.requestUpdate())],
    hubChanged: () => this.requestUpdate(),
    needsHub: () => this.defaults === undefined,
  });
  readonly #intents = new IntentController(this);
  readonly #confirm = new ConfirmController(this);
  readonly #draft = new SettingsDraft();
  /** Fields that a person has left once: what is wrong with them is said now, not while they type. */
  readonly #left = new Set<string>();
  #focusProblem = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('model')) return;
    this.answered = undefined;
    if (changed.get('model') && changed.get('model')?.modelId !== this.model?.modelId) this.#revert();
  }

  protected override updated(): void {
    if (!this.#focusProblem) return;
    this.#focusProblem = false;
    this.shadowRoot?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const model = this.#model;
    if (!model) return nothing;
    if (model.control !== 'owned')
      return html`<p class="hint">Someone else runs this server: there is nothing to set here.</p>`;
    const { patch, problems } = this.#draft.outcome(model);
    const { pending, problem } = this.#intents;
    const unchanged = Object.keys(patch).length === 0;
    return html`
      <form part="form" aria-label=${`Settings of ${model.filename}`} novalidate @submit=${this.#submit} @keydown=${this.#keydown}>
        ${this.#renderRestart(model)}
        <div class="fields">
          <label class="check">
            <input type="checkbox" name="enabled" .checked=${this.#draft.enabled(model)} @change=${this.#toggleEnabled} />
            Enabled
          </label>
          ${this.#renderTier(model)}
          ${settingFields.map((field) => this.#renderField(model, field, problems))}
        </div>
        <div class="row">
          <button
            class="start save"
            type="submit"
            aria-disabled=${unchanged || pending !== undefined ? 'true' : 'false'}
            aria-busy=${pending === 'save' ? 'true' : 'false'}
          >SAVE</button>
          <button class="quiet reset-all" type="button" ?disabled=${!this.#hasOverrides(model)} @click=${this.#resetAll}>RESET ALL</button>
          <span class="saved" role="status">${pending === 'save' ? 'Saving…' : this.saved}</span>
        </div>
        <div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>
        ${this.#renderPort(model)} ${this.#renderPaste()}
      </form>
    `;
  }

  get #model(): ModelStatus | undefined {
    return this.answered ?? this.model;
  }

  get #defaults(): ModelDefaults | undefined {
    return this.defaults ?? this.#hub.hub?.defaults();
  }

  get #range(): PortRange | undefined {
    return this.portRange ?? this.#defaults?.portRange;
  }

  #renderRestart(model: ModelStatus): TemplateResult | typeof nothing {
    if (!model.restartNeeded) return nothing;
    const restart = (): void => {
      void this.#intents.ask('restart', new ModelRestartEvent(model.modelId));
    };
    const press = (): void => {
      if ((model.load?.processing ?? 0) > 0) this.#confirm.open('restart');
      else restart();
    };
    return html`
      <div part="restart" class="restart-needed">
        ${
          this.#confirm.about === 'restart'
            ? this.#confirm.render({
                question: cutOffQuestion(model, 'Restart'),
                yes: 'RESTART NOW',
                onYes: restart,
              })
            : html`
              <p>Restart needed for new settings</p>
              <button
                class="restart"
                type="button"
                aria-label=${`Restart ${model.filename}`}
                aria-busy=${this.#intents.pending === 'restart' ? 'true' : 'false'}
                aria-disabled=${this.#intents.pending === undefined ? 'false' : 'true'}
                @click=${press}
              >RESTART</button>
            `
        }
      </div>
    `;
  }

  #renderTier(model: ModelStatus): TemplateResult {
    const chosen = this.#draft.text('tierOverride', model);
    const option = (value: string, text: string): TemplateResult =>
      html`<option value=${value} ?selected=${value === chosen}>${text}</option>`;
    return html`
      <div class="field">
        <label for="tierOverride">Tier</label>
        <select id="tierOverride" name="tierOverride" .value=${chosen} @change=${this.#typed}>
          ${option('', `assigned: ${model.assignedTier} (${tierBadges[model.assignedTier]})`)}
          ${modelTiers.map((tier) => option(tier, `${tier} (${tierBadges[tier]})`))}
        </select>
      </div>
    `;
  }

  #renderField(model: ModelStatus, field: SettingField, problems: FieldProblems): TemplateResult {
    const problem = this.#intents.fields[field] ?? (this.#left.has(field) ? problems[field] : undefined);
    const text = this.#draft.text(field, model);
    const fallback = this.#defaultText(model, field);
    const numeric = field !== 'extraFlags';
    const meaning = numeric ? zeros[field] : undefined;
    const hint = numeric
      ? `${settingLimits[field].least} – ${settingLimits[field].most}${meaning === undefined ? '' : `, 0: ${meaning}`}`
      : 'Words of llama-server’s own, such as --flash-attn on';
    return html`
      <div class="field ${numeric ? '' : 'wide'}">
        <label for=${field}>${labels[field]}</label>
        <span class="input">
          <input
            id=${field}
            name=${field}
            type="text"
            inputmode=${numeric ? 'numeric' : 'text'}
            autocomplete="off"
            spellcheck="false"
            title=${hint}
            placeholder=${fallback}
            .value=${text}
            aria-invalid=${problem === undefined ? 'false' : 'true'}
            aria-describedby=${`${field}-note`}
            @input=${this.#typed}
            @change=${this.#leaves}
          />
          <button
            class="reset"
            type="button"
            ?hidden=${text === ''}
            title=${`Back to the default: ${fallback === '' ? 'none' : fallback}`}
            aria-label=${`Reset ${labels[field]} to the default`}
            @click=${() => this.#reset(field)}
          >↺</button>
        </span>
        <p id=${`${field}-note`} class="note" ?data-problem=${problem !== undefined}>${problem ?? (text === '' ? 'default' : 'set for this model')}</p>
      </div>
    `;
  }

  #renderPort(model: ModelStatus): TemplateResult {
    const range = this.#range;
    const problem =
      this.#intents.fields['port'] ?? (this.#left.has('port') ? this.#portProblem(model) : undefined);
    const { pending } = this.#intents;
    const unchanged = this.#draft.port(model) === undefined;
    return html`
      <div class="field port">
        <label for="port">Port</label>
        <span class="input">
          <input
            id="port"
            name="port"
            type="text"
            inputmode="numeric"
            autocomplete="off"
            placeholder="any free port"
            .value=${this.#draft.text('port', model)}
            aria-invalid=${problem === undefined ? 'false' : 'true'}
            aria-describedby="port-note"
            @input=${this.#typed}
            @change=${this.#leaves}
            @keydown=${this.#portKey}
          />
          <button
            class="apply"
            type="button"
            aria-disabled=${unchanged || pending !== undefined ? 'true' : 'false'}
            aria-busy=${pending === 'port' ? 'true' : 'false'}
            @click=${this.#applyPort}
          >APPLY PORT</button>
        </span>
        <p id="port-note" class="note" ?data-problem=${problem !== undefined}>${problem ?? (range ? `${range.from} – ${range.to}, no two models alike` : nothing)}</p>
      </div>
    `;
  }

  #renderPaste(): TemplateResult {
    const { pasted } = this;
    return html`
      <details part="paste">
        <summary>Paste a llama-server command line</summary>
        <label class="unseen" for="command">Command line of llama-server</label>
        <textarea id="command" rows="3" spellcheck="false" placeholder="llama-server -m model.gguf -c 8192 -ngl 99 --flash-attn on"></textarea>
        <button class="quiet fill" type="button" @click=${this.#paste}>FILL IN</button>
        <div role="status">
          ${
            pasted
              ? html`
                <p class="hint">${filledText(pasted.filled)}</p>
                ${pasted.leftOut.length === 0 ? nothing : html`<ul class="left-out" aria-label="Left out">${pasted.leftOut.map(({ flag, reason }) => html`<li><code>${flag}</code> ${reason}</li>`)}</ul>`}
              `
              : nothing
          }
        </div>
      </details>
    `;
  }

  /** What an empty field stands for; a model that follows the default has it in its settings. */
  #defaultText(model: ModelStatus, field: SettingField): string {
    const known = this.#defaults?.settings[field];
    if (known !== undefined) return settingText(known);
    return model.overrides[field] === undefined ? settingText(model.settings[field]) : '';
  }

  #hasOverrides(model: ModelStatus): boolean {
    return settingFields.some((field) => this.#draft.text(field, model) !== '');
  }

  #portProblem(model: ModelStatus): string | undefined {
    const port = this.#draft.port(model);
    const range = this.#range;
    if (port === undefined || port === null) return undefined;
    if (!range) return Number.isNaN(port) ? 'Expected a port' : undefined;
    return port >= range.from && port <= range.to
      ? undefined
      : `Expected a port from ${range.from} to ${range.to}`;
  }

  readonly #typed = (event: Event): void => {
    const { name, value } = event.currentTarget as HTMLInputElement | HTMLSelectElement;
    this.#edit(name as Exclude<DraftField, 'enabled'>, value);
  };

  readonly #leaves = (event: Event): void => {
    this.#left.add((event.currentTarget as HTMLInputElement).name);
    this.requestUpdate();
  };

  readonly #toggleEnabled = (event: Event): void => {
    this.#draft.setEnabled((event.currentTarget as HTMLInputElement).checked);
    this.saved = '';
    this.requestUpdate();
  };

  #edit(field: Exclude<DraftField, 'enabled'>, text: string): void {
    this.#draft.type(field, text);
    this.#intents.forgetField(field);
    this.saved = '';
    this.requestUpdate();
  }

  /** The button goes with what it resets, so the focus moves into its field. */
  #reset(field: SettingField): void {
    this.#edit(field, '');
    this.shadowRoot?.querySelector<HTMLElement>(`#${field}`)?.focus();
  }

  readonly #resetAll = (): void => {
    const model = this.#model;
    if (!model) return;
    for (const field of settingFields) if (this.#draft.text(field, model) !== '') this.#edit(field, '');
    this.shadowRoot?.querySelector<HTMLElement>('.save')?.focus();
  };

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || (this.#draft.isEmpty && !this.pasted)) return;
    // Only what had something to take back is done with: else the key is for whoever is around.
    event.stopPropagation();
    this.#revert();
  };

  #revert(): void {
    this.#draft.forget();
    this.#left.clear();
    this.#intents.forget();
    this.pasted = undefined;
    this.saved = '';
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  readonly #portKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    this.#applyPort();
  };

  readonly #applyPort = (): void => {
    const model = this.#model;
    const port = model && this.#draft.port(model);
    if (!model || port === undefined) return;
    this.#left.add('port');
    if (this.#portProblem(model) === undefined) void this.#send('port', { port }, 'Port applied');
    else this.#showProblems();
  };

  async #save(): Promise<void> {
    const model = this.#model;
    if (!model) return;
    const { patch, problems } = this.#draft.outcome(model);
    if (Object.keys(patch).length === 0) return;
    for (const field of settingFields) this.#left.add(field);
    if (Object.keys(problems).length > 0) this.#showProblems();
    else await this.#send('save', patch, 'Saved');
  }

  async #send(name: 'save' | 'port', patch: ModelPatch, done: string): Promise<void> {
    const model = this.#model;
    if (!model || this.#intents.pending !== undefined) return;
    this.saved = '';
    const sent = this.#draft.typed();
    const answer = await this.#intents.ask(name, new ModelSettingsChangeEvent(model.modelId, patch));
    // Another model may have come in meanwhile.
    if (model.modelId !== this.model?.modelId) return;
    if (!answer) {
      if (Object.keys(this.#intents.fields).length > 0) this.#showProblems();
      return;
    }
    const now = this.#draft.typed();
    // What was typed while the answer was on its way is not saved yet.
    for (const [field, value] of sent)
      if ((field === 'port') === (name === 'port') && now.get(field) === value) this.#draft.forget(field);
    if (isStatusOf(answer.value, model)) this.answered = answer.value;
    this.#left.clear();
    this.pasted = undefined;
    this.saved = done;
  }

  #showProblems(): void {
    this.#focusProblem = true;
    this.requestUpdate();
  }

  readonly #paste = (): void => {
    const model = this.#model;
    const text = this.shadowRoot?.querySelector<HTMLTextAreaElement>('#command')?.value ?? '';
    if (!model) return;
    const { settings, leftOut } = parseLlamaCommand(text);
    const given = Object.entries(settings) as [SettingField, number | readonly string[]][];
    for (const [field, value] of given) this.#edit(field, settingText(value));
    this.pasted = { filled: given.length, leftOut };
  };
}

function filledText(count: number): string {
  return count === 0
    ? 'No setting was found in it.'
    : `${count} ${count === 1 ? 'field is' : 'fields are'} filled in; nothing is saved yet.`;
}

/** Whether an answer is the model as it is after the change: a page may answer with anything. */
function isStatusOf(value: unknown, { modelId }: ModelStatus): value is ModelStatus {
  return (
    typeof value === 'object' &&
    value !== null &&
    'overrides' in value &&
    'modelId' in value &&
    value.modelId === modelId
  );
}
