import {
  type FieldProblems,
  type ModelDefaults,
  type ModelPatch,
  type ModelStatus,
  type PortRange,
  parseLlamaCommand,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ModelSettingsChangeEvent } from '../events/model-events.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { settingsStyles } from './model-settings.styles.js';
import { type Pasted, renderPaste } from './paste-part.js';
import { portProblem, renderPort } from './port-field.js';
import { RestartNotice } from './restart-notice.js';
import {
  type DraftField,
  type SettingField,
  SettingsDraft,
  settingFields,
  settingText,
} from './settings-draft.js';
import { defaultText, renderField, renderTier } from './settings-field.js';

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
  readonly #restart = new RestartNotice(this, this.#intents);
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
        ${this.#restart.render(model)}
        <div class="fields">
          <label class="check">
            <input type="checkbox" name="enabled" .checked=${this.#draft.enabled(model)} @change=${this.#toggleEnabled} />
            Enabled
          </label>
          ${renderTier(model.assignedTier, this.#draft.text('tierOverride', model), this.#typed)}
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
        ${this.#renderPort(model)} ${renderPaste(this.pasted, this.#fillIn)}
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

  #renderField(model: ModelStatus, field: SettingField, problems: FieldProblems): TemplateResult {
    return renderField(field, {
      text: this.#draft.text(field, model),
      fallback: defaultText(field, this.#defaults, model),
      problem: this.#intents.fields[field] ?? (this.#left.has(field) ? problems[field] : undefined),
      typed: this.#typed,
      leaves: this.#leaves,
      reset: () => this.#reset(field),
    });
  }

  #renderPort(model: ModelStatus): TemplateResult {
    const port = this.#draft.port(model);
    const { pending, fields } = this.#intents;
    return renderPort({
      text: this.#draft.text('port', model),
      range: this.#range,
      problem: fields['port'] ?? (this.#left.has('port') ? portProblem(port, this.#range) : undefined),
      off: port === undefined || pending !== undefined,
      busy: pending === 'port',
      typed: this.#typed,
      leaves: this.#leaves,
      apply: this.#applyPort,
    });
  }

  #hasOverrides(model: ModelStatus): boolean {
    return settingFields.some((field) => this.#draft.text(field, model) !== '');
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

  readonly #applyPort = (): void => {
    const model = this.#model;
    const port = model && this.#draft.port(model);
    if (!model || port === undefined) return;
    this.#left.add('port');
    if (portProblem(port, this.#range) === undefined) void this.#send('port', { port }, 'Port applied');
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

  readonly #fillIn = (): void => {
    const model = this.#model;
    const text = this.shadowRoot?.querySelector<HTMLTextAreaElement>('#command')?.value ?? '';
    if (!model) return;
    const { settings, leftOut } = parseLlamaCommand(text);
    const given = Object.entries(settings) as [SettingField, number | readonly string[]][];
    for (const [field, value] of given) this.#edit(field, settingText(value));
    this.pasted = { filled: given.length, leftOut };
  };
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
