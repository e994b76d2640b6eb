import {
  type HubFace,
  type ModelDetails,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  mayDo,
  modelMetrics,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { ModelSettingsChangeEvent } from '../events/model-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { CardActions } from './card-actions.js';
import { renderFacts, renderHeader, renderStatus } from './card-face.js';
import { type CardPanels, PanelHolder, type PanelName, renderToggle } from './card-panels.js';
import { cardStyles } from './model-card.styles.js';

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

  /** Whether nothing can be done with the model; under a hub that lets us only look it is so without saying. */
  @property({ type: Boolean, reflect: true, attribute: 'read-only' }) readOnly = false;

  /**
   * Set by a grid, which then says what is on screen and announces states: the `current` card is the one whose buttons
   * Tab reaches.
   */
  @property({ attribute: false }) place: 'alone' | 'current' | 'other' = 'alone';

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
    needsHub: () => this.modelId !== undefined && !this.model,
  });
  readonly #actions = new CardActions(this);
  readonly #panels = new PanelHolder(
    () => (this.constructor as typeof ModelCard).loadPanels(),
    () => this.requestUpdate(),
  );
  readonly #sparklines = modelMetrics.map((metric) => {
    const sparkline = new (this.constructor as typeof ModelCard).sparklineClass();
    sparkline.metric = metric;
    return sparkline;
  });
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
    this.#panels.setActive(onScreen && this.detailsOpen);
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
    if (
      (changed.has('settingsOpen') || changed.has('detailsOpen')) &&
      (this.settingsOpen || this.detailsOpen)
    )
      void this.#panels.open();
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: PropertyValues<this>): void {
    const model = this.#model;
    const shown = `${model?.modelId} ${model?.state}`;
    if (shown !== this.#shown) this.#actions.forget();
    this.#shown = shown;
    this.#feedSparklines();
    if (model) this.#panels.feed(model, this, this.#onScreen);
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
    const { filename } = model;
    const readOnly = this.readOnly || !mayDo(this.#hub.hub?.scope, 'operate');
    const hasSettings = model.control === 'owned' && !readOnly;
    const pin = readOnly ? undefined : (): void => this.#pin(model);
    return html`
      <article part="card" aria-label=${filename} ?data-disabled=${!model.enabled}>
        ${renderHeader(model, this.#tabIndex, pin)} ${renderStatus(model, this.place === 'alone')}
        <div part="metrics" class="metrics">${this.#sparklines}</div>
        ${renderFacts(model)}
        <slot></slot>
        <div>
          ${this.#actions.render(
            model,
            this.#tabIndex,
            html`${hasSettings ? this.#renderToggle('settings', filename) : nothing} ${this.#renderToggle('details', filename)}`,
            readOnly,
          )}
          ${hasSettings ? this.#panels.render('settings', filename, this.settingsOpen) : nothing}
          ${this.#panels.render('details', filename, this.detailsOpen)}
        </div>
      </article>
    `;
  }

  #renderToggle(name: PanelName, filename: string): TemplateResult {
    return renderToggle(name, filename, {
      open: this[`${name}Open`],
      tabIndex: this.#tabIndex,
      press: () => this.#toggle(name),
    });
  }

  get #model(): ModelStatus | undefined {
    return this.model ?? (this.modelId === undefined ? undefined : this.#hub.hub?.model(this.modelId));
  }

  /** In a grid only the buttons of one card are in the order of Tab. */
  get #tabIndex(): number {
    return this.place === 'other' ? -1 : 0;
  }

  #pin({ modelId, pinned }: ModelStatus): void {
    this.#actions.ask('pin', new ModelSettingsChangeEvent(modelId, { pinned: !pinned }));
  }

  #toggle(name: PanelName): void {
    const opens = !this[`${name}Open`];
    this.settingsOpen = opens && name === 'settings';
    this.detailsOpen = opens && name === 'details';
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
      hub.subscribe('connection:changed', redraw),
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
