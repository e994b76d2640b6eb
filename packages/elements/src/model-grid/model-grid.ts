import {
  byTierThenName,
  type Endpoint,
  type HubFace,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  mayDo,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { ModelCard } from '../model-card/model-card.js';
import type { ModelToolbar } from '../model-toolbar/model-toolbar.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { CardBlocks } from './card-blocks.js';
import type { ServerElements } from './grid-servers.js';
import type { GridTools, GridToolsOptions } from './grid-tools.js';
import { gridStyles } from './model-grid.styles.js';

/** What a grid loads after its cards; the toolbar must be registered. */
export interface GridParts {
  readonly GridTools: new (options: GridToolsOptions) => GridTools;
  readonly ModelToolbar: new () => ModelToolbar;
}

/**
 * Every model as a card, in three, two or one columns by the grid's own width: pinned ones first, then by tier and name,
 * with a toolbar for what concerns all of them.
 *
 * Under a provider it shows the models of the hub; a list in `models` wins. Arrow keys go from card to card, Enter into
 * one and Escape back out; `/` goes to the search. Cards that are off screen are not written. The toolbar and the keys
 * are loaded after the cards, into room that is kept for them.
 *
 * @summary A responsive grid of model cards.
 *
 * @fires {ModelsRescanEvent} models-rescan - Someone pressed RE-SCAN.
 * @fires {ModelsStartAllEvent} models-start-all - Someone pressed START ALL.
 * @fires {ModelsStopAllEvent} models-stop-all - Someone pressed STOP ALL, and said yes.
 *
 * @slot empty - Shown in place of the text when there are no models; it says why, where it is known.
 *
 * @csspart summary - The line above the cards.
 * @csspart toolbar - Search, filter, order and the buttons for all models.
 * @csspart cards - The grid.
 * @csspart empty - The text when there are no models.
 *
 * @cssproperty [--corral-gap=12px] - Space between cards.
 */
export class ModelGrid extends LitElement {
  static override styles = [tokens, controls, gridStyles];

  /** The class of the cards; it must be registered. Another one where tags have a prefix. */
  static cardClass: typeof ModelCard = ModelCard;

  /** Gets the toolbar and what belongs to it. By default its tag is registered then. */
  static loadParts: () => Promise<GridParts> = async () => {
    const { GridTools, ModelToolbar } = await import('./toolbar.js');
    return { GridTools, ModelToolbar };
  };

  /** Gets the classes for attached servers when they are needed. By default they register their own tags then. */
  static loadServers: () => Promise<ServerElements> = async () => {
    const { AttachServer, EndpointList } = await import('./servers.js');
    return { AttachServer, EndpointList };
  };

  /** The models; wins over the provider. */
  @property({ attribute: false }) models: readonly ModelStatus[] | undefined;

  /** The rolling windows that go with `models`, as `GET /api/models/status` has them. */
  @property({ attribute: false }) metrics: readonly ModelSeriesWire[] | undefined;

  @state() private isWithoutTools = false;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.#rearrange(),
  });
  readonly #items = new Map<string, { readonly place: HTMLElement; readonly card: ModelCard }>();
  readonly #blocks = new CardBlocks({
    item: (model) => this.#item(model),
    shown: (cards) => this.#catchUp(cards),
    more: () => this.requestUpdate(),
  });
  #tools: GridTools | undefined;
  #toolbar: ModelToolbar | undefined;
  #arranged: readonly ModelStatus[] = [];
  #isStaleOrder = true;
  #dirty = new Set<string>();
  #sampled = false;
  #focused: HTMLElement | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#blocks.release();
    frames.cancel(this.#redraw);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('models') || changed.has('metrics')) this.#isStaleOrder = true;
    const active = this.shadowRoot?.activeElement;
    this.#focused = ((active instanceof ModelCard ? active.shadowRoot?.activeElement : active) ??
      undefined) as HTMLElement | undefined;
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: PropertyValues<this>): void {
    if (this.#isStaleOrder) this.#arrange();
    super.update(changed);
    this.#blocks.show(this.renderRoot.querySelector('.cards') as Element, this.#arranged);
  }

  protected override firstUpdated(): void {
    void this.#loadTools();
  }

  protected override updated(): void {
    // A card that went from one block to another has lost the focus on the way.
    if (this.#focused?.isConnected && !this.shadowRoot?.activeElement) this.#focused.focus();
    this.#focused = undefined;
  }

  protected override render(): TemplateResult {
    const tools = this.#tools;
    const count = this.#all.length;
    const isEmpty = this.#arranged.length === 0;
    return html`
      <div class="head">${this.isWithoutTools ? html`<p class="problem" role="alert">The toolbar could not be loaded.</p>` : this.#toolbar}</div>
      ${tools?.renderAbove(isEmpty && count > 0)}
      ${count === 0 ? html`<slot name="empty"><p part="empty" class="empty">${this.#emptyText()}</p></slot>` : nothing}
      <div part="cards" class="cards" role="list" aria-label="Models" ?hidden=${isEmpty} ?data-stale=${!this.models && this.#hub.hub?.connection !== 'live'}></div>
      ${tools?.renderBelow()}
      <p class="unseen" role="status">${tools?.said}</p>
    `;
  }

  #emptyText(): string {
    const { hub } = this.#hub;
    if (this.models || hub?.connection === 'live')
      return 'No models discovered. Run discovery scan to find models.';
    if (!hub) return 'No hub to show models of.';
    return (
      hub.error?.message ?? (hub.connection === 'closed' ? 'No models are known.' : 'Looking for models…')
    );
  }

  async #loadTools(): Promise<void> {
    try {
      const Grid = this.constructor as typeof ModelGrid;
      const { GridTools, ModelToolbar } = await Grid.loadParts();
      const toolbar = new ModelToolbar();
      toolbar.setAttribute('exportparts', 'summary, toolbar');
      this.#toolbar = toolbar;
      this.#tools = new GridTools({
        grid: this,
        root: this.renderRoot as ShadowRoot,
        toolbar,
        models: () => this.models,
        hub: () => this.#hub.hub,
        arranged: () => this.#arranged,
        rearrange: () => this.#arrange(),
        mount: (index) => this.#blocks.mount(index),
        loadServers: () => Grid.loadServers(),
      });
      this.#isStaleOrder = true;
      this.requestUpdate();
    } catch {
      this.isWithoutTools = true;
    }
  }

  get #all(): readonly ModelStatus[] {
    return this.models ?? this.#hub.hub?.models() ?? [];
  }

  #arrange(): void {
    const all = this.#all;
    this.#isStaleOrder = false;
    this.#arranged =
      this.#tools?.arrange(all, (modelId) => this.#seriesOf(modelId)) ??
      [...all].sort((a, b) => Number(b.pinned) - Number(a.pinned) || byTierThenName(a, b));
    const present = new Set(all.map(({ modelId }) => modelId));
    for (const modelId of this.#items.keys()) if (!present.has(modelId)) this.#items.delete(modelId);
    this.requestUpdate();
  }

  #item(model: ModelStatus): Element {
    const { modelId, filename } = model;
    const item = this.#items.get(modelId) ?? newItem((this.constructor as typeof ModelGrid).cardClass);
    const { place, card } = item;
    this.#items.set(modelId, item);
    const isCurrent = modelId === (this.#tools?.current ?? this.#arranged[0]?.modelId);
    place.tabIndex = isCurrent ? 0 : -1;
    place.ariaLabel = filename;
    place.dataset['id'] = modelId;
    // Without keys that lead from card to card, Tab has to.
    card.place = isCurrent || this.isWithoutTools ? 'current' : 'other';
    card.model = this.models ? model : (this.#hub.hub?.model(modelId) ?? model);
    card.readOnly = !this.models && !mayDo(this.#hub.hub?.scope, 'operate');
    card.series = this.#seriesOf(modelId);
    card.refresh();
    return place;
  }

  #seriesOf(modelId: string): ModelSeriesView | ModelSeriesWire | undefined {
    if (this.models) return this.metrics?.find((series) => series.modelId === modelId);
    return this.#hub.hub?.series(modelId);
  }

  /** Gives cards that have come on screen what they missed. */
  #catchUp(cards: readonly ModelCard[]): void {
    const { hub } = this.#hub;
    if (this.models || !hub) return;
    for (const card of cards) {
      const model = card.model && hub.model(card.model.modelId);
      if (model) card.model = model;
    }
  }

  #rearrange(): void {
    this.#isStaleOrder = true;
    frames.schedule(this.#redraw);
  }

  /** A tick writes the cards that are on screen and nothing else; the whole is made anew only when its order may change. */
  readonly #redraw = {
    draw: (): void => {
      const [dirty, sampled] = [this.#dirty, this.#sampled];
      this.#dirty = new Set();
      this.#sampled = false;
      if (this.models) return;
      if (this.#isStaleOrder || this.#tools?.isWaiting) this.requestUpdate();
      for (const card of this.#blocks.cardsOnScreen()) {
        const modelId = card.model?.modelId;
        const model = modelId !== undefined && dirty.has(modelId) ? this.#hub.hub?.model(modelId) : undefined;
        if (model) card.model = model;
        if (sampled) card.refresh();
      }
    },
  };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const rearrange = (): void => this.#rearrange();
    const rearrangeIfAttached = ({ endpoint }: { readonly endpoint: Endpoint }): void => {
      if (endpoint.origin === 'attached') rearrange();
    };
    return [
      hub.subscribe('models:scanned', rearrange),
      hub.subscribe('endpoint:registered', rearrangeIfAttached),
      hub.subscribe('endpoint:updated', rearrangeIfAttached),
      hub.subscribe('endpoint:removed', rearrange),
      hub.subscribe('connection:changed', rearrange),
      hub.subscribe('model:state-changed', ({ model }) => {
        this.#tools?.hear(model);
        rearrange();
      }),
      hub.subscribe('model:updated', ({ model }) => this.#hear(model)),
      hub.subscribe('models:sampled', () => {
        this.#sampled = true;
        if (this.#tools?.tick()) this.#isStaleOrder = true;
        frames.schedule(this.#redraw);
      }),
    ];
  }

  #hear(model: ModelStatus): void {
    const before = this.#items.get(model.modelId)?.card.model;
    const { pinned, tierOverride, enabled } = model;
    const isAsBefore =
      before?.pinned === pinned && before.tierOverride === tierOverride && before.enabled === enabled;
    // Off screen a card keeps what it had; then there is no telling, and no harm in arranging anew.
    if (!isAsBefore) this.#isStaleOrder = true;
    this.#dirty.add(model.modelId);
    frames.schedule(this.#redraw);
  }
}

function newItem(Card: typeof ModelCard): { place: HTMLElement; card: ModelCard } {
  const place = document.createElement('div');
  place.role = 'listitem';
  return { place, card: place.appendChild(new Card()) };
}
