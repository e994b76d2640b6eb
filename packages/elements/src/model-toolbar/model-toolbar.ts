import {
  type BulkProgress,
  type HubFace,
  isRunning,
  type ModelStatus,
  mayDo,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { ConfirmController } from '../confirm-controller.js';
import type { IntentEvent } from '../events/intent-event.js';
import { ModelsRescanEvent, ModelsStartAllEvent, ModelsStopAllEvent } from '../events/models-events.js';
import { AttachToggleEvent, ModelsArrangeEvent } from '../events/toolbar-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import {
  type Choice,
  countGroups,
  everything,
  type SortName,
  sortNames,
  stateGroups,
} from './arrangement.js';
import { toolbarStyles } from './model-toolbar.styles.js';
import {
  type Activity,
  connectionText,
  countText,
  groupTexts,
  outcomeText,
  progressText,
} from './summary-texts.js';

/** How a button stands: whether what it does is under way, and whether it would do anything. */
interface ButtonState {
  readonly busy: boolean;
  readonly off?: boolean;
  readonly press: () => void;
}

const idle: Activity = { scan: null, bulk: null };

/**
 * What concerns all models: how many there are, how the hub is reached, search, filter and order, a new scan, starting
 * and stopping all of them, and the way to attach a server.
 *
 * Under a provider it speaks of the models of the hub; a list in `models` wins. It arranges nothing itself: whoever
 * shows the models hears what someone chose, and gives it back as `choice`. `/` goes to the search.
 *
 * @summary The line and the controls above a grid of models.
 *
 * @fires {ModelsRescanEvent} models-rescan - Someone pressed RE-SCAN.
 * @fires {ModelsStartAllEvent} models-start-all - Someone pressed START ALL.
 * @fires {ModelsStopAllEvent} models-stop-all - Someone pressed STOP ALL, and said yes.
 * @fires {ModelsArrangeEvent} models-arrange - Someone searched, filtered or sorted.
 * @fires {AttachToggleEvent} attach-toggle - Someone pressed ATTACH SERVER.
 *
 * @csspart summary - The line with the numbers, the progress and the connection.
 * @csspart toolbar - Search, filter, order and the buttons for all models.
 */
export class ModelToolbar extends LitElement {
  static override styles = [tokens, controls, toolbarStyles];

  /** The models; wins over the provider. */
  @property({ attribute: false }) models: readonly ModelStatus[] | undefined;

  /** What is chosen. */
  @property({ attribute: false }) choice: Choice = everything;

  /** Whether what ATTACH SERVER opens is open. */
  @property({ type: Boolean, reflect: true, attribute: 'attach-open' }) attachOpen = false;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => {
      this.#outcome = undefined;
      this.requestUpdate();
    },
    needsHub: () => !this.models,
  });
  readonly #scan = new IntentController(this);
  readonly #bulk = new IntentController(this);
  readonly #confirm = new ConfirmController(this);
  readonly #redraw = { draw: (): void => this.requestUpdate() };
  #outcome: BulkProgress | undefined;

  /** Puts the focus into the search. */
  override focus(): void {
    this.#searchField?.focus();
    this.#searchField?.select();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ownerDocument.addEventListener('keydown', this.#slash);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.ownerDocument.removeEventListener('keydown', this.#slash);
    frames.cancel(this.#redraw);
  }

  protected override render(): TemplateResult {
    const { hub } = this.#hub;
    const models = this.models ?? hub?.models() ?? [];
    const problems = [this.#scan.problem, this.#bulk.problem, outcomeText(this.#outcome)];
    return html`
      ${this.#renderSummary(models, hub)}
      <div part="toolbar" class="toolbar" role="group" aria-label="All models">
        ${this.#renderChoice(models)} ${this.#renderActions(models)}
      </div>
      <div role="alert">${problems.map((problem) => (problem === undefined ? nothing : html`<p class="problem">${problem}</p>`))}</div>
    `;
  }

  #renderSummary(models: readonly ModelStatus[], hub: HubFace | undefined): TemplateResult {
    // Before the first facts there is nothing to count: unknown is not none.
    const isKnown = this.models !== undefined || models.length > 0 || hub?.connection === 'live';
    return html`
      <div part="summary" class="summary">
        <span>${isKnown ? countText(models) : nothing}</span>
        <span class="progress">${progressText(this.#activity, this.#scan.pending !== undefined)}</span>
        <span class="connection" ?data-lost=${hub !== undefined && hub.connection !== 'live'}>${hub ? connectionText(hub) : nothing}</span>
      </div>
    `;
  }

  #renderChoice(models: readonly ModelStatus[]): TemplateResult {
    const counts = countGroups(models);
    const { query, group, sort } = this.choice;
    return html`
      <input
        class="search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        aria-label="Search by name, architecture or quantization"
        aria-keyshortcuts="/"
        placeholder="Search  /"
        .value=${query}
        @input=${this.#search}
        @keydown=${this.#searchKey}
      />
      <select class="group" aria-label="Show by state" @change=${this.#chooseGroup}>
        <option value="all" ?selected=${group === 'all'}>All (${models.length})</option>
        ${stateGroups.map((name) => html`<option value=${name} ?selected=${group === name}>${groupTexts[name]} (${counts[name]})</option>`)}
      </select>
      <select class="sort" aria-label="Sort by" @change=${this.#chooseSort}>
        ${Object.entries(sortNames).map(([name, text]) => html`<option value=${name} ?selected=${sort === name}>${text}</option>`)}
      </select>
    `;
  }

  /** What the hub lets us do, and nothing else. */
  #renderActions(models: readonly ModelStatus[]): TemplateResult | typeof nothing {
    const scope = this.#hub.hub?.scope;
    if (!mayDo(scope, 'operate')) return nothing;
    const owned = models.filter(({ control }) => control === 'owned');
    const running = owned.filter(({ state }) => isRunning(state) || state === 'backoff');
    const startable = owned.some(({ state, enabled }) => enabled && !isRunning(state) && state !== 'backoff');
    if (this.#confirm.about === 'stop-all')
      return this.#confirm.render({
        question: `Stop ${running.length === 1 ? '1 running model' : `${running.length} running models`}?`,
        yes: 'STOP ALL NOW',
        onYes: () => this.#ask(this.#bulk, 'stop-all', new ModelsStopAllEvent()),
      });
    const { scan, bulk } = this.#activity;
    return html`
      <div class="buttons">
        ${this.#renderButton('rescan restart', 'RE-SCAN', {
          busy: this.#scan.pending !== undefined || scan !== null,
          press: () => this.#ask(this.#scan, 'rescan', new ModelsRescanEvent()),
        })}
        ${this.#renderButton('start-all start', 'START ALL', {
          busy: this.#bulk.pending === 'start-all' || bulk?.action === 'start',
          off: !startable,
          press: () => this.#ask(this.#bulk, 'start-all', new ModelsStartAllEvent()),
        })}
        ${this.#renderButton('stop-all stop', 'STOP ALL', {
          busy: this.#bulk.pending === 'stop-all' || bulk?.action === 'stop',
          off: running.length === 0,
          press: () => this.#confirm.open('stop-all'),
        })}
        ${
          mayDo(scope, 'admin')
            ? html`<button class="attach quiet" type="button" aria-expanded=${this.attachOpen ? 'true' : 'false'} @click=${this.#toggleAttach}>ATTACH SERVER</button>`
            : nothing
        }
      </div>
    `;
  }

  #renderButton(names: string, caption: string, { busy, off = false, press }: ButtonState): TemplateResult {
    const refuses = busy || off;
    return html`<button
      class=${names}
      type="button"
      aria-busy=${busy ? 'true' : 'false'}
      aria-disabled=${refuses ? 'true' : 'false'}
      @click=${() => (refuses ? undefined : press())}
    >${caption}</button>`;
  }

  get #activity(): Activity {
    return this.#hub.hub?.activity() ?? idle;
  }

  get #searchField(): HTMLInputElement | null | undefined {
    return this.shadowRoot?.querySelector<HTMLInputElement>('.search');
  }

  #ask(intents: IntentController, name: string, intent: IntentEvent): void {
    this.#outcome = undefined;
    void intents.ask(name, intent);
  }

  readonly #toggleAttach = (): void => {
    this.attachOpen = !this.attachOpen;
    this.dispatchEvent(new AttachToggleEvent(this.attachOpen));
  };

  readonly #search = (event: Event): void => {
    this.#choose({ query: (event.currentTarget as HTMLInputElement).value });
  };

  readonly #searchKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.choice.query === '') return;
    event.preventDefault();
    event.stopPropagation();
    this.#choose({ query: '' });
  };

  readonly #chooseGroup = (event: Event): void => {
    this.#choose({ group: (event.currentTarget as HTMLSelectElement).value as Choice['group'] });
  };

  readonly #chooseSort = (event: Event): void => {
    this.#choose({ sort: (event.currentTarget as HTMLSelectElement).value as SortName });
  };

  #choose(choice: Partial<Choice>): void {
    this.choice = { ...this.choice, ...choice };
    this.dispatchEvent(new ModelsArrangeEvent(this.choice));
  }

  /** `/` goes to the search from anywhere in the grid around it, and from a page on which nothing has the focus. */
  readonly #slash = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const root = this.getRootNode();
    const path = event.composedPath();
    const [target] = path;
    if (target !== this.ownerDocument.body && !path.includes(root instanceof ShadowRoot ? root : this))
      return;
    if (target instanceof Element && target.matches('input, textarea, select, [contenteditable]')) return;
    event.preventDefault();
    this.focus();
  };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const redraw = (): void => frames.schedule(this.#redraw);
    return [
      hub.subscribe('models:scanned', redraw),
      hub.subscribe('models:scan-progressed', redraw),
      hub.subscribe('models:bulk-progressed', (progress) => {
        this.#outcome = progress.done === progress.total ? progress : undefined;
        redraw();
      }),
      hub.subscribe('connection:changed', redraw),
      hub.subscribe('model:state-changed', redraw),
      hub.subscribe('model:updated', redraw),
    ];
  }
}
