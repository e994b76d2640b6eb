import {
  effectiveTier,
  type HubFace,
  type ModelDetails,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  modelMetrics,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ConfirmController } from '../confirm-controller.js';
import type { IntentEvent } from '../events/intent-event.js';
import {
  ModelRestartEvent,
  ModelSettingsChangeEvent,
  ModelStartEvent,
  ModelStopEvent,
} from '../events/model-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import type { ModelDetailsPanel } from '../model-details/model-details.js';
import type { ModelSettingsForm } from '../model-settings/model-settings.js';
import { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { durationText } from '../number-text.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { cardStyles } from './model-card.styles.js';
import {
  actionsOf,
  cutOffQuestion,
  factsLine,
  loadText,
  type ModelAction,
  statusView,
  tierBadges,
} from './status-view.js';

const notAvailable = 'N/A';
const countText = new Intl.NumberFormat();
const actionNames = ['start', 'stop', 'restart'] as const;
const intents = { start: ModelStartEvent, stop: ModelStopEvent, restart: ModelRestartEvent } as const;

/** The elements in a card's panels; they must be registered. */
export interface CardPanels {
  readonly ModelSettingsForm: new () => ModelSettingsForm;
  readonly ModelDetailsPanel: new () => ModelDetailsPanel;
}

/**
 * One model: its state, its three trends, what it has done, and what can be done with it.
 *
 * Give it a `model` and a `series`, or a `model-id` under a provider. Buttons announce what a person wants; whoever
 * answers the event decides, and the card shows that it is pending and why it was refused. What is in its panels is
 * loaded when one is first opened.
 *
 * @summary A live card of one model.
 *
 * @fires {ModelStartEvent} model-start - Someone pressed START, or LOAD on a server of others.
 * @fires {ModelStopEvent} model-stop - Someone pressed STOP, or UNLOAD.
 * @fires {ModelRestartEvent} model-restart - Someone pressed RESTART.
 * @fires {ModelSettingsChangeEvent} model-settings-change - Someone pinned the model, or saved its settings.
 *
 * @slot - Content of your own, between the numbers and the buttons.
 * @slot actions - Further buttons, after DETAILS.
 *
 * @csspart card - The frame.
 * @csspart name - The file name.
 * @csspart tier - The tier badge.
 * @csspart status - The line of the state.
 * @csspart reason - The line under it: why, or what the model is.
 * @csspart metrics - The three sparklines.
 * @csspart facts - The four numbers.
 * @csspart actions - The row of buttons.
 * @csspart settings - The panel of the settings.
 * @csspart details - The panel of the details.
 *
 * @cssproperty [--corral-background=#000] - Background of the card.
 * @cssproperty [--corral-border=#7a4700] - Frame of the card.
 * @cssproperty [--corral-accent=#ff9500] - File name, frame on hover, RESTART.
 * @cssproperty [--corral-text=#ffd9a8] - Texts and numbers.
 * @cssproperty [--corral-muted=#b98a55] - Labels.
 * @cssproperty [--corral-radius=3px] - Corners of the frame.
 */
export class ModelCard extends LitElement {
  static override styles = [tokens, controls, cardStyles];

  /** The class of the trends; it must be registered. Another one where tags have a prefix. */
  static sparklineClass: typeof ModelSparkline = ModelSparkline;

  /** Gets the classes of the panels when one is first opened. By default they register their own tags then. */
  static loadPanels: () => Promise<CardPanels> = async () => {
    const { ModelSettingsForm, ModelDetailsPanel } = await import('./panels.js');
    return { ModelSettingsForm, ModelDetailsPanel };
  };

  /** The model; wins over `model-id`. */
  @property({ attribute: false }) model: ModelStatus | undefined;

  /** Its rolling windows, live or as `GET /api/models/status` has them; wins over `model-id`. */
  @property({ attribute: false }) series: ModelSeriesView | ModelSeriesWire | undefined;

  /** What the details panel shows; without it the hub of the provider is asked while the panel is open. */
  @property({ attribute: false }) details: ModelDetails | undefined;

  /** The model that is shown, under a provider. */
  @property({ attribute: 'model-id' }) modelId: string | undefined;

  /** Whether the settings panel is open. */
  @property({ type: Boolean, reflect: true, attribute: 'settings-open' }) settingsOpen = false;

  /** Whether the details panel is open. */
  @property({ type: Boolean, reflect: true, attribute: 'details-open' }) detailsOpen = false;

  /**
   * Set by a grid, which then says what is on screen and announces states: the `current` card is the one whose buttons
   * Tab reaches.
   */
  @property({ attribute: false }) place: 'alone' | 'current' | 'other' = 'alone';

  @state() private panels: CardPanels | undefined;
  @state() private panelProblem: string | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
    needsHub: () => this.modelId !== undefined && !this.model,
  });
  readonly #intents = new IntentController(this);
  readonly #confirm = new ConfirmController(this);
  readonly #sparklines = modelMetrics.map((metric) => {
    const sparkline = new (this.constructor as typeof ModelCard).sparklineClass();
    sparkline.metric = metric;
    return sparkline;
  });
  #settingsForm: ModelSettingsForm | undefined;
  #detailsPanel: ModelDetailsPanel | undefined;
  #onScreen = true;
  #shown = '';
  #hadFocus = false;
  #leaveViewport: (() => void) | undefined;

  /** Redraws the trends in the next frame: a live `series` has moved on. */
  refresh(): void {
    if (this.#onScreen) for (const sparkline of this.#sparklines) sparkline.refresh();
  }

  /** Says whether the card can be seen; what cannot is not written. Cards on their own find out themselves. */
  setOnScreen(onScreen: boolean): void {
    if (onScreen === this.#onScreen) return;
    this.#onScreen = onScreen;
    if (this.#detailsPanel) this.#detailsPanel.active = onScreen && this.detailsOpen;
    if (!onScreen) return;
    this.requestUpdate();
    this.refresh();
  }

  /** Puts the focus on the first thing that can be done with the model. */
  focusFirstAction(): void {
    this.shadowRoot?.querySelector<HTMLElement>('.actions button:not(:disabled), .confirm .cancel')?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.place !== 'alone') return;
    this.#leaveViewport = viewport.watch(this, (onScreen) => this.setOnScreen(onScreen));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    frames.cancel(this.#redraw);
  }

  /** What is off screen is not written; it catches up when it comes in. */
  protected override shouldUpdate(): boolean {
    return this.#onScreen || !this.hasUpdated;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
    const opened = changed.has('settingsOpen') || changed.has('detailsOpen');
    if (opened && (this.settingsOpen || this.detailsOpen) && !this.panels) void this.#loadPanels();
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: PropertyValues<this>): void {
    const model = this.#model;
    const shown = `${model?.modelId} ${model?.state}`;
    // A refusal and a question belong to the model and the state in which they came up.
    if (shown !== this.#shown) {
      this.#intents.problem = undefined;
      this.#confirm.about = undefined;
    }
    this.#shown = shown;
    this.#feedSparklines();
    this.#feedPanels(model);
    super.update(changed);
  }

  /** A button that goes with its state takes the focus along; DETAILS is always there, and pressing it harms nothing. */
  protected override updated(): void {
    if (!this.#hadFocus || this.shadowRoot?.activeElement) return;
    this.shadowRoot?.querySelector<HTMLElement>('button.settings, button.details')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const model = this.#model;
    if (!model) return nothing;
    const { filename, pinned, control } = model;
    const tier = effectiveTier(model);
    return html`
      <article part="card" aria-label=${filename} ?data-disabled=${!model.enabled}>
        <header>
          <h3 part="name" title=${filename}>${filename}</h3>
          ${control === 'none' ? html`<span class="mark" title="Someone else runs this server">watched</span>` : nothing}
          ${model.enabled ? nothing : html`<span class="mark" title="It is not started, not even with all">disabled</span>`}
          <button
            class="pin"
            type="button"
            tabindex=${this.#tabIndex}
            title=${pinned ? 'Pinned to the top' : 'Pin to the top'}
            aria-label=${`Pin ${filename}`}
            aria-pressed=${pinned ? 'true' : 'false'}
            @click=${() => this.#ask('pin', new ModelSettingsChangeEvent(model.modelId, { pinned: !pinned }))}
          >${pinned ? '★' : '☆'}</button>
          <span part="tier" class="tier" data-tier=${tier} title=${`Tier: ${tier}`}>${tierBadges[tier]}</span>
        </header>
        ${this.#renderStatus(model)}
        <div part="metrics" class="metrics">${this.#sparklines}</div>
        ${this.#renderFacts(model)}
        <slot></slot>
        <div>
          ${this.#renderActions(model)}
          ${control === 'owned' ? this.#renderPanel('settings', `Settings of ${filename}`, this.settingsOpen, this.#settingsForm) : nothing}
          ${this.#renderPanel('details', `Details of ${filename}`, this.detailsOpen, this.#detailsPanel)}
        </div>
      </article>
    `;
  }

  get #model(): ModelStatus | undefined {
    return this.model ?? (this.modelId === undefined ? undefined : this.#hub.hub?.model(this.modelId));
  }

  /** In a grid only the buttons of one card are in the order of Tab. */
  get #tabIndex(): number {
    return this.place === 'other' ? -1 : 0;
  }

  #renderStatus(model: ModelStatus): TemplateResult {
    const { label, tone, pulses } = statusView(model.state);
    const restart = model.restartNeeded ? 'Restart needed for new settings' : '';
    const why = model.errorMessage ?? (restart || factsLine(model));
    const seconds = model.state === 'backoff' ? model.restartInSeconds : null;
    return html`
      <div part="status" class="status ${pulses ? 'pulses' : ''}" data-tone=${tone}>
        <span class="dot"></span>
        <strong role=${this.place === 'alone' ? 'status' : nothing}>${label}</strong>
        <span class="countdown">${seconds === null ? nothing : `restarts in ${Math.ceil(seconds)} s`}</span>
        <span class="load">${loadText(model)}</span>
      </div>
      <p part="reason" class="why" data-tone=${model.state === 'failed' ? 'danger' : restart && !model.errorMessage ? 'warn' : 'idle'}>
        ${model.state === 'failed' && model.failureCode !== null ? html`<code>${model.failureCode}</code>` : nothing}
        <span class="reason" title=${why || nothing}>${why}</span>
      </p>
    `;
  }

  #renderFacts(model: ModelStatus): TemplateResult {
    const count = (value: number | null): string => (value === null ? notAvailable : countText.format(value));
    return html`
      <dl part="facts">
        <div><dt>Requests</dt><dd>${count(model.requestCount)}</dd></div>
        <div><dt>Uptime</dt><dd>${model.uptimeSeconds === null ? notAvailable : durationText(model.uptimeSeconds)}</dd></div>
        <div><dt>Errors</dt><dd>${count(model.errorCount)}</dd></div>
        <div><dt>Port</dt><dd>${model.port ?? notAvailable}</dd></div>
      </dl>
    `;
  }

  #renderActions(model: ModelStatus): TemplateResult {
    const actions = actionsOf(model);
    const asked = actions.find(({ name }) => name === this.#confirm.about);
    return html`
      ${
        asked
          ? this.#confirm.render({
              question: cutOffQuestion(model, asked.caption),
              yes: `${asked.caption.toUpperCase()} NOW`,
              onYes: () => this.#ask(asked.name, new intents[asked.name](model.modelId)),
              tabIndex: this.#tabIndex,
            })
          : html`
            <div part="actions" class="actions">
              ${actionNames.map((name) =>
                this.#renderAction(
                  model,
                  actions.find((action) => action.name === name),
                ),
              )}
              ${model.control === 'owned' ? this.#renderToggle('settings', model.filename, this.settingsOpen) : nothing}
              ${this.#renderToggle('details', model.filename, this.detailsOpen)}
              <slot name="actions"></slot>
            </div>
          `
      }
      <div role="alert">${this.#intents.problem === undefined ? nothing : html`<p class="problem">${this.#intents.problem}</p>`}</div>
    `;
  }

  /** Each action has its own place, so that a button never turns into another one under a finger. */
  #renderAction(model: ModelStatus, action: ModelAction | undefined): TemplateResult | typeof nothing {
    if (!action) return nothing;
    const { name, caption } = action;
    const { pending } = this.#intents;
    const disabled = name === 'start' && !model.enabled;
    const again = name === 'stop' && model.state === 'stopping';
    return html`
      <button
        class=${name}
        type="button"
        tabindex=${this.#tabIndex}
        title=${disabled ? 'This model is disabled: enable it in its settings' : again ? 'Stop now, without waiting for requests' : nothing}
        aria-label=${`${caption} ${model.filename}`}
        aria-busy=${pending === name ? 'true' : 'false'}
        ?disabled=${disabled}
        aria-disabled=${pending === undefined ? nothing : 'true'}
        @click=${() => this.#act(model, name)}
      >${caption.toUpperCase()}</button>
    `;
  }

  #renderToggle(name: 'settings' | 'details', filename: string, open: boolean): TemplateResult {
    return html`
      <button
        class="quiet ${name}"
        type="button"
        tabindex=${this.#tabIndex}
        aria-label=${`${name === 'settings' ? 'Settings' : 'Details'} of ${filename}`}
        aria-expanded=${open ? 'true' : 'false'}
        aria-controls=${name}
        @click=${() => this.#toggle(name)}
      >${name.toUpperCase()}</button>
    `;
  }

  #renderPanel(name: string, label: string, open: boolean, content: HTMLElement | undefined): TemplateResult {
    const missing = open ? (this.panelProblem ?? 'Loading…') : nothing;
    return html`
      <div part=${name} class="panel" id=${name} role="group" aria-label=${label} ?data-open=${open}>
        <div>${content ?? html`<p class="missing">${missing}</p>`}</div>
      </div>
    `;
  }

  /** Requests that are running are cut off only after a question; a second STOP has been asked about already. */
  #act(model: ModelStatus, name: ModelAction['name']): void {
    if (this.#intents.pending !== undefined) return;
    const cutsOff = name !== 'start' && model.state !== 'stopping' && (model.load?.processing ?? 0) > 0;
    if (cutsOff) this.#confirm.open(name);
    else this.#ask(name, new intents[name](model.modelId));
  }

  #ask(name: string, intent: IntentEvent): void {
    void this.#intents.ask(name, intent);
  }

  #toggle(name: 'settings' | 'details'): void {
    const opens = !(name === 'settings' ? this.settingsOpen : this.detailsOpen);
    this.settingsOpen = opens && name === 'settings';
    this.detailsOpen = opens && name === 'details';
  }

  async #loadPanels(): Promise<void> {
    this.panelProblem = undefined;
    try {
      this.panels = await (this.constructor as typeof ModelCard).loadPanels();
    } catch {
      this.panelProblem = 'This part of the page could not be loaded. Close and open it to try again.';
    }
  }

  #feedPanels(model: ModelStatus | undefined): void {
    if (!this.panels || !model) return;
    if (this.settingsOpen) this.#settingsForm ??= new this.panels.ModelSettingsForm();
    if (this.detailsOpen) this.#detailsPanel ??= new this.panels.ModelDetailsPanel();
    if (this.#settingsForm) this.#settingsForm.model = model;
    if (!this.#detailsPanel) return;
    this.#detailsPanel.model = model;
    this.#detailsPanel.details = this.details;
    this.#detailsPanel.active = this.detailsOpen && this.#onScreen;
  }

  /** Many events of a tick lead to one update in the next frame. */
  readonly #redraw = {
    draw: (): void => {
      this.requestUpdate();
      this.refresh();
    },
  };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const redraw = (): void => frames.schedule(this.#redraw);
    const redrawIfMine = ({ model }: { readonly model: ModelStatus }): void => {
      if (model.modelId === this.modelId) redraw();
    };
    return [
      hub.subscribe('models:sampled', redraw),
      hub.subscribe('models:scanned', redraw),
      hub.subscribe('model:updated', redrawIfMine),
      hub.subscribe('model:state-changed', redrawIfMine),
    ];
  }

  #feedSparklines(): void {
    const series =
      this.series ?? (this.modelId === undefined ? undefined : this.#hub.hub?.series(this.modelId));
    for (const sparkline of this.#sparklines) {
      const { metric } = sparkline;
      const values = series?.[metric];
      if (series && 'valid' in series) {
        sparkline.values = series[metric];
        sparkline.valid = series.valid[metric];
      } else {
        sparkline.values = undefined;
        sparkline.series = values;
      }
    }
  }
}
