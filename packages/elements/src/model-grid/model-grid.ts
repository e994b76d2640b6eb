import {
  byTierThenName,
  type HubFace,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { ModelCard } from '../model-card/model-card.js';
import { tokens } from '../theme/tokens.js';
import { gridStyles } from './model-grid.styles.js';

const connectionTexts = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting… these are the last known numbers',
  closed: 'Not connected',
} as const;

/**
 * Every model as a card, in three, two or one columns by the grid's own width: by tier, then by name.
 *
 * Under a provider it shows the models of the hub; a list in `models` wins.
 *
 * @summary A responsive grid of model cards.
 *
 * @slot empty - Shown in place of the text when there are no models.
 *
 * @csspart summary - The line above the cards.
 * @csspart cards - The grid.
 * @csspart empty - The text when there are no models.
 *
 * @cssproperty [--corral-gap=12px] - Space between cards.
 */
export class ModelGrid extends LitElement {
  static override styles = [tokens, gridStyles];

  /** The class of the cards; it must be registered. Another one where tags have a prefix. */
  static cardClass: typeof ModelCard = ModelCard;

  /** The models; wins over the provider. */
  @property({ attribute: false }) models: readonly ModelStatus[] | undefined;

  /** The rolling windows that go with `models`, as `GET /api/models/status` has them. */
  @property({ attribute: false }) metrics: readonly ModelSeriesWire[] | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
  });
  readonly #cards = new Map<string, ModelCard>();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    frames.cancel(this.#redraw);
  }

  protected override render(): TemplateResult {
    const models = [...(this.models ?? this.#hub.hub?.models() ?? [])].sort(byTierThenName);
    this.#forgetCards(models);
    return html`
      ${this.#renderSummary(models)}
      ${models.length === 0 ? this.#renderEmpty() : nothing}
      <div part="cards" class="cards" role="list" aria-label="Models" ?hidden=${models.length === 0} ?data-stale=${this.#isStale()}>
        ${repeat(
          models,
          (model) => model.modelId,
          (model) => html`<div role="listitem">${this.#card(model)}</div>`,
        )}
      </div>
      ${this.#renderRejected()}
    `;
  }

  #renderSummary(models: readonly ModelStatus[]): TemplateResult {
    const active = models.filter((model) => model.state === 'ready').length;
    const count = `${models.length} ${models.length === 1 ? 'model' : 'models'}, ${active} active`;
    const connection = this.models ? undefined : this.#hub.hub?.connection;
    const lost = connection !== undefined && connection !== 'live';
    return html`
      <div part="summary" class="summary">
        <span>${this.#isKnown(models) ? count : nothing}</span>
        <span class="connection" role="status" ?data-lost=${lost}>${connection ? connectionTexts[connection] : nothing}</span>
      </div>
    `;
  }

  /** Whether the cards show what was, not what is. */
  #isStale(): boolean {
    return !this.models && this.#hub.hub?.connection !== 'live';
  }

  /** Before the first facts there is nothing to count: unknown is not none. */
  #isKnown(models: readonly ModelStatus[]): boolean {
    return this.models !== undefined || models.length > 0 || this.#hub.hub?.connection === 'live';
  }

  #renderEmpty(): TemplateResult {
    return html`<slot name="empty"><p part="empty" class="empty">${this.#emptyText()}</p></slot>`;
  }

  #emptyText(): string {
    if (this.#isKnown([])) return 'No models discovered. Run discovery scan to find models.';
    const { hub } = this.#hub;
    if (!hub) return 'No hub to show models of.';
    return hub.connection === 'closed' ? (hub.error?.message ?? 'Not connected') : 'Looking for models…';
  }

  #renderRejected(): TemplateResult | typeof nothing {
    const rejected = this.models ? [] : (this.#hub.hub?.rejected() ?? []);
    if (rejected.length === 0) return nothing;
    return html`
      <ul class="rejected" aria-label="Files left out">
        ${rejected.map(({ filename, reason }) => html`<li><b>${filename}</b> ${reason}</li>`)}
      </ul>
    `;
  }

  /** The card of a model, the same one as long as the model is there. */
  #card(model: ModelStatus): ModelCard {
    const { modelId } = model;
    const card = this.#cards.get(modelId) ?? new (this.constructor as typeof ModelGrid).cardClass();
    this.#cards.set(modelId, card);
    card.model = model;
    card.series = this.#seriesOf(modelId);
    card.refresh();
    return card;
  }

  #seriesOf(modelId: string): ModelSeriesView | ModelSeriesWire | undefined {
    if (this.models) return this.metrics?.find((series) => series.modelId === modelId);
    return this.#hub.hub?.series(modelId);
  }

  #forgetCards(models: readonly ModelStatus[]): void {
    const present = new Set(models.map((model) => model.modelId));
    for (const modelId of this.#cards.keys()) if (!present.has(modelId)) this.#cards.delete(modelId);
  }

  readonly #redraw = { draw: (): void => this.requestUpdate() };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const redraw = (): void => {
      if (!this.models) frames.schedule(this.#redraw);
    };
    return [
      hub.subscribe('models:scanned', redraw),
      hub.subscribe('models:sampled', redraw),
      hub.subscribe('model:updated', redraw),
      hub.subscribe('model:state-changed', redraw),
      hub.subscribe('connection:changed', redraw),
    ];
  }
}
