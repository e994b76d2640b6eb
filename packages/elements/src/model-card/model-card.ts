import {
  effectiveTier,
  type HubFace,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  modelMetrics,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { IntentEvent } from '../events/intent-event.js';
import { ModelRestartEvent, ModelStartEvent, ModelStopEvent } from '../events/model-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { durationText } from '../number-text.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { cardStyles } from './model-card.styles.js';
import { actionsOf, statusView, tierBadges } from './status-view.js';

const notAvailable = 'N/A';
const countText = new Intl.NumberFormat();

/**
 * One model: its state, its three trends, what it has done, and what can be done with it.
 *
 * Give it a `model` and a `series`, or a `model-id` under a provider. Buttons announce what a person wants; whoever
 * answers the event decides, and the card shows that it is pending and why it was refused.
 *
 * @summary A live card of one model.
 *
 * @fires {ModelStartEvent} model-start - Someone pressed START.
 * @fires {ModelStopEvent} model-stop - Someone pressed STOP.
 * @fires {ModelRestartEvent} model-restart - Someone pressed RESTART.
 *
 * @slot - Content of your own, between the numbers and the buttons.
 * @slot actions - Further buttons, after SETTINGS.
 *
 * @csspart card - The frame.
 * @csspart name - The file name.
 * @csspart tier - The tier badge.
 * @csspart status - The line of the state.
 * @csspart metrics - The three sparklines.
 * @csspart facts - The four numbers.
 * @csspart actions - The row of buttons.
 * @csspart settings - The panel under the buttons.
 *
 * @cssproperty [--corral-background=#000] - Background of the card.
 * @cssproperty [--corral-border=#7a4700] - Frame of the card.
 * @cssproperty [--corral-accent=#ff9500] - File name, frame on hover, RESTART.
 * @cssproperty [--corral-text=#ffd9a8] - Texts and numbers.
 * @cssproperty [--corral-muted=#b98a55] - Labels.
 * @cssproperty [--corral-radius=3px] - Corners of the frame.
 */
export class ModelCard extends LitElement {
  static override styles = [tokens, cardStyles];

  /** The class of the trends; it must be registered. Another one where tags have a prefix. */
  static sparklineClass: typeof ModelSparkline = ModelSparkline;

  /** The model; wins over `model-id`. */
  @property({ attribute: false }) model: ModelStatus | undefined;

  /** Its rolling windows, live or as `GET /api/models/status` has them; wins over `model-id`. */
  @property({ attribute: false }) series: ModelSeriesView | ModelSeriesWire | undefined;

  /** The model that is shown, under a provider. */
  @property({ attribute: 'model-id' }) modelId: string | undefined;

  /** Whether the settings panel is open. */
  @property({ type: Boolean, reflect: true, attribute: 'settings-open' }) settingsOpen = false;

  @state() private pending: string | undefined;
  @state() private problem: string | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
  });
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

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (onScreen) => {
      this.#onScreen = onScreen;
      if (!onScreen) return;
      this.requestUpdate();
      this.refresh();
    });
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

  protected override willUpdate(): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
    const shown = `${this.#model?.modelId} ${this.#model?.state}`;
    // A refusal belongs to the model and the state in which it was given.
    if (shown !== this.#shown) this.problem = undefined;
    this.#shown = shown;
    this.#feedSparklines();
  }

  /** A button that goes with its state takes the focus along; SETTINGS is always there, and pressing it harms nothing. */
  protected override updated(): void {
    if (!this.#hadFocus || this.shadowRoot?.activeElement) return;
    this.shadowRoot?.querySelector<HTMLElement>('button.settings')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const model = this.#model;
    if (!model) return nothing;
    const tier = effectiveTier(model);
    const status = statusView(model.state);
    return html`
      <article part="card" aria-label=${model.filename}>
        <header>
          <h3 part="name" title=${model.filename}>${model.filename}</h3>
          <span part="tier" class="tier" data-tier=${tier} title=${`Tier: ${tier}`}>${tierBadges[tier]}</span>
        </header>
        <div part="status" class="status ${status.pulses ? 'pulses' : ''}" data-tone=${status.tone}>
          <span class="dot"></span>
          <strong role="status">${status.label}</strong>
          <span class="reason" title=${model.errorMessage ?? nothing}>${model.errorMessage}</span>
        </div>
        <div part="metrics" class="metrics">${this.#sparklines}</div>
        ${this.#renderFacts(model)}
        <slot></slot>
        <div>${this.#renderActions(model)} ${this.#renderSettings(model)}</div>
      </article>
    `;
  }

  get #model(): ModelStatus | undefined {
    return this.model ?? (this.modelId === undefined ? undefined : this.#hub.hub?.model(this.modelId));
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
    const offered = actionsOf(model);
    const { modelId } = model;
    return html`
      <div part="actions" class="actions">
          ${offered.start ? this.#renderAction(model, 'Start', () => new ModelStartEvent(modelId), !model.enabled) : nothing}
          ${offered.stop ? this.#renderAction(model, 'Stop', () => new ModelStopEvent(modelId)) : nothing}
          ${offered.restart ? this.#renderAction(model, 'Restart', () => new ModelRestartEvent(modelId)) : nothing}
          <button
            class="settings"
            type="button"
            aria-label=${`Settings of ${model.filename}`}
            aria-expanded=${this.settingsOpen ? 'true' : 'false'}
            aria-controls="settings"
            @click=${this.#toggleSettings}
          >
            SETTINGS
          </button>
          <slot name="actions"></slot>
      </div>
      <div role="alert">${this.problem === undefined ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
    `;
  }

  #renderAction(
    model: ModelStatus,
    name: string,
    intent: () => IntentEvent,
    disabled = false,
  ): TemplateResult {
    return html`
      <button
        class=${name.toLowerCase()}
        type="button"
        aria-label=${`${name} ${model.filename}`}
        aria-busy=${this.pending === name ? 'true' : 'false'}
        ?disabled=${disabled}
        aria-disabled=${this.pending === undefined ? nothing : 'true'}
        @click=${() => this.#ask(name, intent())}
      >
        ${name.toUpperCase()}
      </button>
    `;
  }

  #renderSettings({ settings, filename, errorMessage }: ModelStatus): TemplateResult {
    const facts: [string, number][] = [
      ['GPU layers', settings.nGpuLayers],
      ['Context', settings.ctxSize],
      ['Threads', settings.nThreads],
      ['Batch', settings.batchSize],
    ];
    return html`
      <div part="settings" class="panel" id="settings" role="group" aria-label=${`Settings of ${filename}`} ?data-open=${this.settingsOpen}>
        <div>
          <dl>${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${countText.format(value)}</dd></div>`)}</dl>
          ${errorMessage === null ? nothing : html`<p class="problem">${errorMessage}</p>`}
        </div>
      </div>
    `;
  }

  /** Announces the wish, and shows how the answer goes. */
  async #ask(name: string, intent: IntentEvent): Promise<void> {
    if (this.pending !== undefined) return;
    this.problem = undefined;
    this.dispatchEvent(intent);
    if (!intent.response) return;
    this.pending = name;
    try {
      await intent.response;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.pending = undefined;
    }
  }

  readonly #toggleSettings = (): void => {
    this.settingsOpen = !this.settingsOpen;
  };

  /** Many events of a tick lead to one update in the next frame. */
  readonly #redraw = {
    draw: (): void => {
      this.requestUpdate();
      this.refresh();
    },
  };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const follows = (): boolean => this.modelId !== undefined && !this.model;
    const redraw = (): void => {
      if (follows()) frames.schedule(this.#redraw);
    };
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
