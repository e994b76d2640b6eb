import {
  type BulkProgress,
  type Endpoint,
  type HubFace,
  isRunning,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelStatus,
  type RejectedFile,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { AttachServer } from '../attach-server/attach-server.js';
import { ConfirmController } from '../confirm-controller.js';
import type { EndpointList } from '../endpoint-list/endpoint-list.js';
import type { IntentEvent } from '../events/intent-event.js';
import { ModelsRescanEvent, ModelsStartAllEvent, ModelsStopAllEvent } from '../events/models-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import { ModelCard } from '../model-card/model-card.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { Announcer } from './announcer.js';
import {
  arrange,
  type Choice,
  countGroups,
  type SortName,
  type StateGroup,
  sortNames,
  stateGroups,
} from './arrangement.js';
import { type CardBlock, CardBlocks, cardIn, itemOf, nextIndex } from './card-blocks.js';
import { gridStyles } from './model-grid.styles.js';

const connectionTexts = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting… these are the last known numbers',
  closed: 'Not connected',
} as const;

const groupTexts: Readonly<Record<StateGroup | 'all', string>> = {
  all: 'All',
  active: 'Active',
  loading: 'Loading',
  sleeping: 'Sleeping',
  failed: 'Failed',
  stopped: 'Stopped',
};

/** Ticks after which an order by live numbers is made anew; sooner, cards would never stand still. */
const resortTicks = 10;

/** The elements for attached servers; they must be registered. */
export interface ServerElements {
  readonly AttachServer: new () => AttachServer;
  readonly EndpointList: new () => EndpointList;
}

/**
 * Every model as a card, in three, two or one columns by the grid's own width: pinned ones first, then by tier and name,
 * with a toolbar for what concerns all of them.
 *
 * Under a provider it shows the models of the hub; a list in `models` wins. Arrow keys go from card to card, Enter into
 * one and Escape back out; `/` goes to the search. Cards that are off screen are not written.
 *
 * @summary A responsive grid of model cards.
 *
 * @fires {ModelsRescanEvent} models-rescan - Someone pressed RE-SCAN.
 * @fires {ModelsStartAllEvent} models-start-all - Someone pressed START ALL.
 * @fires {ModelsStopAllEvent} models-stop-all - Someone pressed STOP ALL, and said yes.
 *
 * @slot empty - Shown in place of the text when there are no models.
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

  /** Gets the classes for attached servers when they are needed. By default they register their own tags then. */
  static loadServers: () => Promise<ServerElements> = async () => {
    const { AttachServer, EndpointList } = await import('./servers.js');
    return { AttachServer, EndpointList };
  };

  /** The models; wins over the provider. */
  @property({ attribute: false }) models: readonly ModelStatus[] | undefined;

  /** The rolling windows that go with `models`, as `GET /api/models/status` has them. */
  @property({ attribute: false }) metrics: readonly ModelSeriesWire[] | undefined;

  @state() private choice: Choice = { query: '', group: 'all', sort: 'tier' };
  @state() private attachOpen = false;
  @state() private servers: ServerElements | undefined;
  @state() private serversProblem: string | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => {
      this.#bulkOutcome = undefined;
      this.#rearrange();
    },
  });
  readonly #scan = new IntentController(this);
  readonly #bulk = new IntentController(this);
  readonly #confirm = new ConfirmController(this);
  readonly #announcer = new Announcer();
  readonly #cards = new Map<string, ModelCard>();
  readonly #blocks = new CardBlocks({
    shown: (cards) => this.#catchUp(cards),
    more: () => this.requestUpdate(),
  });
  #arranged: readonly ModelStatus[] = [];
  #isStaleOrder = true;
  #dirty = new Set<string>();
  #sampled = false;
  #ticks = 0;
  #current: string | undefined;
  #bulkOutcome: BulkProgress | undefined;
  #attachForm: AttachServer | undefined;
  #endpointList: EndpointList | undefined;
  #focused: HTMLElement | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ownerDocument.addEventListener('keydown', this.#slash);
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.ownerDocument.removeEventListener('keydown', this.#slash);
    this.#blocks.release();
    frames.cancel(this.#redraw);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('models') || changed.has('metrics')) this.#isStaleOrder = true;
    const { activeElement } = this.shadowRoot ?? {};
    this.#focused =
      activeElement instanceof ModelCard
        ? ((activeElement.shadowRoot?.activeElement as HTMLElement | null) ?? undefined)
        : ((activeElement as HTMLElement | null | undefined) ?? undefined);
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: PropertyValues<this>): void {
    if (this.#isStaleOrder) this.#arrange();
    this.#announcer.flush(performance.now());
    this.#feedServers();
    super.update(changed);
  }

  protected override updated(): void {
    this.#blocks.follow(this.shadowRoot);
    // A card that went from one block to another has lost the focus on the way.
    if (this.#focused?.isConnected && !this.shadowRoot?.activeElement) this.#focused.focus();
    this.#focused = undefined;
  }

  protected override render(): TemplateResult {
    const models = this.#all;
    const shown = this.#arranged;
    return html`
      ${this.#renderSummary(models)} ${this.#renderToolbar(models)}
      ${models.length === 0 ? this.#renderEmpty() : shown.length === 0 ? this.#renderNoMatch() : nothing}
      <div
        part="cards"
        class="cards"
        role="list"
        aria-label="Models"
        ?hidden=${shown.length === 0}
        ?data-stale=${this.#isStale()}
        @keydown=${this.#keydown}
        @focusin=${this.#focusin}
      >
        ${repeat(
          this.#blocks.of(shown),
          (block) => block.index,
          (block) => this.#renderBlock(block),
        )}
      </div>
      ${this.#endpointList ? html`<div class="endpoints">${this.#endpointList}</div>` : nothing} ${this.#renderRejected()}
      <p class="unseen" role="status">${this.#announcer.text}</p>
    `;
  }

  #renderSummary(models: readonly ModelStatus[]): TemplateResult {
    const active = models.filter((model) => model.state === 'ready').length;
    const count = `${models.length} ${models.length === 1 ? 'model' : 'models'}, ${active} active`;
    const { hub } = this.#hub;
    const connection = this.models ? undefined : hub?.connection;
    const lost = connection !== undefined && connection !== 'live';
    const reason = lost && hub?.error ? ` ${hub.error.message}` : '';
    return html`
      <div part="summary" class="summary">
        <span>${this.#isKnown(models) ? count : nothing}</span>
        <span class="progress">${this.#progressText()}</span>
        <span class="connection" ?data-lost=${lost}>${connection ? connectionTexts[connection] + reason : nothing}</span>
      </div>
    `;
  }

  #renderToolbar(models: readonly ModelStatus[]): TemplateResult {
    const counts = countGroups(models);
    const { query, group, sort } = this.choice;
    const problems = [this.#scan.problem, this.#bulk.problem, this.#outcomeText(), this.serversProblem];
    return html`
      <div part="toolbar" class="toolbar" role="group" aria-label="All models">
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
        ${this.#renderActions(models)}
      </div>
      <div role="alert">${problems.map((problem) => (problem === undefined ? nothing : html`<p class="problem">${problem}</p>`))}</div>
      ${this.#renderAttach()}
    `;
  }

  #renderActions(models: readonly ModelStatus[]): TemplateResult {
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
        <button class="attach quiet" type="button" aria-expanded=${this.attachOpen ? 'true' : 'false'} @click=${this.#toggleAttach}>ATTACH SERVER</button>
      </div>
    `;
  }

  #renderButton(
    names: string,
    caption: string,
    { busy, off = false, press }: { busy: boolean; off?: boolean; press: () => void },
  ): TemplateResult {
    const refuses = busy || off;
    return html`<button
      class=${names}
      type="button"
      aria-busy=${busy ? 'true' : 'false'}
      aria-disabled=${refuses ? 'true' : 'false'}
      @click=${() => (refuses ? undefined : press())}
    >${caption}</button>`;
  }

  #renderAttach(): TemplateResult | typeof nothing {
    if (!this.attachOpen) return nothing;
    return html`<div class="attach-panel">${this.#attachForm ?? html`<p class="loading">Loading…</p>`}</div>`;
  }

  #renderBlock({ models, isFull, isMounted }: CardBlock): TemplateResult {
    return html`
      <div class="block" role="presentation" ?data-full=${isFull}>
        ${
          isMounted
            ? repeat(
                models,
                ({ modelId }) => modelId,
                (model) => this.#renderItem(model),
              )
            : nothing
        }
      </div>
    `;
  }

  #renderItem(model: ModelStatus): TemplateResult {
    const { modelId, filename } = model;
    const isCurrent = modelId === this.#current;
    return html`<div role="listitem" tabindex=${isCurrent ? 0 : -1} aria-label=${filename} data-id=${modelId}>${this.#card(model, isCurrent)}</div>`;
  }

  #renderEmpty(): TemplateResult {
    return html`<slot name="empty"><p part="empty" class="empty">${this.#emptyText()}</p></slot>`;
  }

  #renderNoMatch(): TemplateResult {
    return html`
      <div class="empty no-match">
        <p>No model matches what you search for.</p>
        <button class="quiet" type="button" @click=${this.#clear}>SHOW ALL</button>
      </div>
    `;
  }

  #emptyText(): string {
    if (this.#isKnown([])) return 'No models discovered. Run discovery scan to find models.';
    const { hub } = this.#hub;
    if (!hub) return 'No hub to show models of.';
    return hub.connection === 'closed' ? (hub.error?.message ?? 'Not connected') : 'Looking for models…';
  }

  #renderRejected(): TemplateResult | typeof nothing {
    const rejected = this.models ? [] : (this.#hub.hub?.rejected() ?? []);
    const [companions, faults] = [
      rejected.filter(({ code }) => isCompanion(code)),
      rejected.filter(({ code }) => !isCompanion(code)),
    ];
    return html`
      ${faults.length === 0 ? nothing : html`<ul class="rejected" aria-label="Files left out">${faults.map(renderRejected)}</ul>`}
      ${companions.length === 0 ? nothing : html`<ul class="companions" aria-label="Files that belong to models">${companions.map(renderRejected)}</ul>`}
    `;
  }

  get #all(): readonly ModelStatus[] {
    return this.models ?? this.#hub.hub?.models() ?? [];
  }

  get #activity(): ReturnType<HubFace['activity']> {
    return (this.models ? undefined : this.#hub.hub?.activity()) ?? { scan: null, bulk: null };
  }

  /** Whether the cards show what was, not what is. */
  #isStale(): boolean {
    return !this.models && this.#hub.hub?.connection !== 'live';
  }

  /** Before the first facts there is nothing to count: unknown is not none. */
  #isKnown(models: readonly ModelStatus[]): boolean {
    return this.models !== undefined || models.length > 0 || this.#hub.hub?.connection === 'live';
  }

  #progressText(): string {
    const { scan, bulk } = this.#activity;
    const texts: string[] = [];
    if (scan) texts.push(`Scanning ${scan.done} of ${scan.total}`);
    else if (this.#scan.pending !== undefined) texts.push('Scanning…');
    if (bulk) {
      const doing = bulk.action === 'start' ? 'Starting' : 'Stopping';
      texts.push(`${doing} ${bulk.done} of ${bulk.total}${bulk.failed > 0 ? `, ${bulk.failed} failed` : ''}`);
    }
    return texts.join(' · ');
  }

  /** What did not work when all models were to start or stop; it stays until the next time. */
  #outcomeText(): string | undefined {
    const outcome = this.#bulkOutcome;
    if (!outcome || outcome.failed === 0) return undefined;
    const { failed, total, action } = outcome;
    return `${failed} of ${total} ${total === 1 ? 'model' : 'models'} did not ${action}`;
  }

  #arrange(): void {
    const all = this.#all;
    this.#isStaleOrder = false;
    this.#ticks = 0;
    this.#arranged = arrange(all, this.choice, (modelId) => this.#seriesOf(modelId));
    const present = new Set(all.map(({ modelId }) => modelId));
    for (const modelId of this.#cards.keys()) if (!present.has(modelId)) this.#cards.delete(modelId);
    if (!this.#arranged.some(({ modelId }) => modelId === this.#current))
      this.#current = this.#arranged[0]?.modelId;
  }

  /** The card of a model, the same one as long as the model is there. */
  #card(model: ModelStatus, isCurrent: boolean): ModelCard {
    const { modelId } = model;
    const card = this.#cards.get(modelId) ?? new (this.constructor as typeof ModelGrid).cardClass();
    this.#cards.set(modelId, card);
    card.place = isCurrent ? 'current' : 'other';
    card.model = this.models ? model : (this.#hub.hub?.model(modelId) ?? model);
    card.series = this.#seriesOf(modelId);
    card.refresh();
    return card;
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

  #feedServers(): void {
    const endpoints = this.#listedEndpoints();
    if ((this.attachOpen || endpoints.length > 0) && !this.servers && this.serversProblem === undefined)
      void this.#loadServers();
    if (!this.servers) return;
    if (this.attachOpen) this.#attachForm ??= new this.servers.AttachServer();
    if (endpoints.length > 0) this.#endpointList ??= new this.servers.EndpointList();
    if (this.#endpointList) this.#endpointList.endpoints = endpoints;
  }

  /** Servers that no card speaks for; all of them while someone looks after servers. */
  #listedEndpoints(): readonly Endpoint[] {
    if (this.models) return [];
    const { hub } = this.#hub;
    const endpoints = hub?.endpoints() ?? [];
    if (!hub || endpoints.length === 0 || this.attachOpen) return endpoints;
    const shown = new Set(hub.models().map(({ endpointId }) => endpointId));
    return endpoints.filter(({ id, condition }) => condition !== 'ok' || !shown.has(id));
  }

  async #loadServers(): Promise<void> {
    this.serversProblem = undefined;
    try {
      this.servers = await (this.constructor as typeof ModelGrid).loadServers();
      if (this.attachOpen) void this.updateComplete.then(() => this.#attachForm?.focus());
    } catch {
      this.serversProblem = 'The part for attached servers could not be loaded.';
    }
  }

  #ask(intents: IntentController, name: string, intent: IntentEvent): void {
    this.#bulkOutcome = undefined;
    void intents.ask(name, intent);
  }

  readonly #toggleAttach = (): void => {
    this.attachOpen = !this.attachOpen;
    this.serversProblem = undefined;
    void this.updateComplete.then(() => (this.attachOpen ? this.#attachForm?.focus() : undefined));
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

  readonly #clear = (): void => {
    this.#choose({ query: '', group: 'all' });
    this.#searchField?.focus();
  };

  #choose(choice: Partial<Choice>): void {
    this.choice = { ...this.choice, ...choice };
    this.#arrange();
    const count = this.#arranged.length;
    this.#announcer.say(`${count} ${count === 1 ? 'model' : 'models'} shown`);
  }

  get #searchField(): HTMLInputElement | null | undefined {
    return this.shadowRoot?.querySelector<HTMLInputElement>('.search');
  }

  /** `/` goes to the search from anywhere in the grid, and from a page on which nothing has the focus. */
  readonly #slash = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const [target] = event.composedPath();
    if (target !== this.ownerDocument.body && !event.composedPath().includes(this)) return;
    if (target instanceof Element && target.matches('input, textarea, select, [contenteditable]')) return;
    event.preventDefault();
    this.#searchField?.focus();
    this.#searchField?.select();
  };

  readonly #focusin = (event: Event): void => {
    const modelId = itemOf(event)?.dataset['id'];
    if (modelId === undefined || modelId === this.#current) return;
    this.#current = modelId;
    this.requestUpdate();
  };

  readonly #keydown = (event: KeyboardEvent): void => {
    const item = itemOf(event);
    if (!item || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0] !== item) {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      item.focus();
      return;
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      cardIn(item)?.focusFirstAction();
      return;
    }
    const from = this.#arranged.findIndex(({ modelId }) => modelId === item.dataset['id']);
    const to = nextIndex(event.key, from, this.#arranged.length, item);
    if (to === undefined) return;
    event.preventDefault();
    this.#focusItem(to);
  };

  #focusItem(index: number): void {
    this.#blocks.mount(index);
    const modelId = this.#arranged[index]?.modelId;
    this.#current = modelId;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const items = this.shadowRoot?.querySelectorAll<HTMLElement>('[role=listitem]') ?? [];
      for (const item of items) if (item.dataset['id'] === modelId) item.focus();
    });
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
      if (this.#isStaleOrder || this.#announcer.isWaiting) this.requestUpdate();
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
    return [
      hub.subscribe('models:scanned', rearrange),
      hub.subscribe('models:scan-progressed', rearrange),
      hub.subscribe('models:bulk-progressed', (progress) => {
        this.#bulkOutcome = progress.done === progress.total ? progress : undefined;
        rearrange();
      }),
      hub.subscribe('endpoints:changed', rearrange),
      hub.subscribe('connection:changed', rearrange),
      hub.subscribe('model:state-changed', ({ model }) => {
        this.#announcer.add(model);
        this.#rearrange();
      }),
      hub.subscribe('model:updated', ({ model }) => this.#hear(model)),
      hub.subscribe('models:sampled', () => this.#tick()),
    ];
  }

  #hear(model: ModelStatus): void {
    const before = this.#cards.get(model.modelId)?.model;
    const { pinned, tierOverride, enabled } = model;
    const isAsBefore =
      before?.pinned === pinned && before.tierOverride === tierOverride && before.enabled === enabled;
    // Off screen a card keeps what it had; then there is no telling, and no harm in arranging anew.
    if (!isAsBefore) this.#isStaleOrder = true;
    this.#dirty.add(model.modelId);
    frames.schedule(this.#redraw);
  }

  #tick(): void {
    this.#sampled = true;
    this.#ticks += 1;
    const { sort } = this.choice;
    const isLive = sort === 'tokensPerSecond' || sort === 'memoryGb';
    if (
      isLive &&
      this.#ticks >= resortTicks &&
      !this.shadowRoot?.querySelector('.cards:is(:hover, :focus-within)')
    )
      this.#isStaleOrder = true;
    frames.schedule(this.#redraw);
  }
}

function isCompanion(code: RejectedFile['code']): boolean {
  return code === 'projector' || code === 'adapter';
}

function renderRejected({ filename, reason }: RejectedFile): TemplateResult {
  return html`<li><b>${filename}</b> ${reason}</li>`;
}
