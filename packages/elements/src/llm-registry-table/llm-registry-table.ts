import { type Endpoint, type HubFace, mayDo, type RegistrySnapshot, type Unsubscribe } from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { ConfirmController } from '../confirm-controller.js';
import { EndpointCheckEvent, EndpointRemoveEvent } from '../events/endpoint-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { RelativeTimes } from '../relative-time.js';
import { meterStyles } from '../resource-meter/resource-meter.styles.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { AddForm } from './add-form.js';
import { renderHeads, sortedBy } from './column-heads.js';
import { arrangeEndpoints, type EndpointChoice, everyEndpoint } from './endpoint-order.js';
import { countText } from './endpoint-texts.js';
import { renderChips } from './fleet-chips.js';
import { registryTableStyles } from './llm-registry-table.styles.js';
import { type RowActions, renderRow } from './registry-row.js';
import { rowStyles } from './row.styles.js';
import { RowBlocks, rowsInBlock } from './row-blocks.js';
import { RowStates } from './row-states.js';
import { type FleetFacts, factsOf, noFacts } from './snapshot-facts.js';
import { foundText, renderTools } from './table-tools.js';

/** Rows of a page. The next ones come when someone asks for them. */
const pageSize = 100;

/**
 * Every endpoint of the fleet in one table: its health, its models, and the machine it runs on; above it the models of
 * the fleet, and a form to add an endpoint.
 *
 * Under a provider it shows the registry of the hub; a snapshot in `registry` wins. Numbers are written once a frame,
 * only in rows on screen, and move no row: the order is made anew when someone sorts or filters, and when endpoints come,
 * go or change. What the view may not ask for has no controls. In little width the rows are stacked.
 *
 * @summary The endpoints of the fleet, with their machines.
 *
 * @fires {EndpointAddEvent} endpoint-add - Someone filled the form in and pressed ADD.
 * @fires {EndpointCheckEvent} endpoint-check - Someone pressed CHECK.
 * @fires {EndpointRemoveEvent} endpoint-remove - Someone pressed REMOVE, and said yes.
 *
 * @slot empty - Shown in place of the text when there are no endpoints.
 *
 * @csspart form - The form to add an endpoint.
 * @csspart fleet - The chips, one for each model of the fleet.
 * @csspart tools - The filter.
 * @csspart table - The table.
 * @csspart row - A row of it.
 * @csspart empty - The text when there are no endpoints.
 *
 * @cssproperty [--corral-cpu=#7eb8da] - Colour of processor use.
 * @cssproperty [--corral-ram=#a78bfa] - Colour of memory.
 * @cssproperty [--corral-vram=#f59e0b] - Colour of graphics memory.
 */
export class LlmRegistryTable extends LitElement {
  static override styles = [tokens, controls, meterStyles, registryTableStyles, rowStyles];

  /** The fleet; wins over the provider. */
  @property({ attribute: false }) registry: RegistrySnapshot | undefined;

  @state() private choice: EndpointChoice = everyEndpoint;
  @state() private hasAllChips = false;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.#rearrange(),
    needsHub: () => !this.registry,
  });
  readonly #confirm = new ConfirmController(this);
  readonly #times = new RelativeTimes(this);
  readonly #form = new AddForm(this);
  readonly #rows = new RowStates(this);
  readonly #blocks = new RowBlocks(() => this.requestUpdate());
  readonly #actions: RowActions = {
    check: (id) => void this.#rows.of(id).intents.ask('check', new EndpointCheckEvent(id)),
    askToRemove: (id) => this.#askToRemove(id),
    openModels: (id, isOpen) => this.#openModels(id, isOpen),
    timeSince: (iso) => this.#times.text(iso),
  };
  #facts: FleetFacts = noFacts;
  #source: RegistrySnapshot | HubFace | undefined;
  #order: readonly string[] = [];
  #isStaleOrder = true;
  #limit = pageSize;
  #mounted = 1;
  #version = 0;
  #asked: string | undefined;
  #focused: HTMLElement | undefined;
  #isOnScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (isOnScreen) => {
      this.#isOnScreen = isOnScreen;
      this.#times.pause(!isOnScreen);
      if (isOnScreen) this.#redrawSoon();
    });
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    this.#blocks.follow([]);
    frames.cancel(this.#redraw);
    frames.cancel(this.#mountMore);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('registry')) this.#isStaleOrder = true;
    this.#focused = (this.shadowRoot?.activeElement ?? undefined) as HTMLElement | undefined;
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: PropertyValues<this>): void {
    this.#version += 1;
    this.#facts = factsOf(() => this.registry ?? this.#hub.hub?.registry());
    this.#rows.keep(this.#facts.endpoints);
    this.#arrange();
    super.update(changed);
    this.#blocks.follow(this.renderRoot.querySelectorAll('tbody'));
    if (this.#mounted * rowsInBlock < this.#shownCount) frames.schedule(this.#mountMore);
  }

  protected override updated(): void {
    const focused = this.#focused;
    this.#focused = undefined;
    if (!focused || this.shadowRoot?.activeElement) return;
    // A row that was moved has lost the focus on the way; one that is gone gives it back to the filter.
    if (focused.isConnected) focused.focus({ preventScroll: true });
    else this.#search?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    const { endpoints, fleetModels } = this.#facts;
    const mayAdd = this.#mayDo('admin');
    return html`
      ${mayAdd ? this.#form.render() : nothing}
      ${renderChips(fleetModels, {
        pressed: this.choice.model,
        isOpen: this.hasAllChips,
        press: (model) =>
          this.#choose({ ...this.choice, model: model === this.choice.model ? undefined : model }),
        toggle: () => {
          this.hasAllChips = !this.hasAllChips;
        },
      })}
      ${endpoints.size === 0 ? html`<slot name="empty"><p part="empty" class="empty">${this.#emptyText(mayAdd)}</p></slot>` : this.#renderTable()}
    `;
  }

  #renderTable(): TemplateResult {
    const { endpoints } = this.#facts;
    const connection = this.registry ? 'live' : this.#hub.hub?.connection;
    const found = this.#order.length;
    return html`
      ${renderTools({ choice: this.choice, endpoints, found, choose: (choice) => this.#choose(choice) })}
      ${connection === 'live' ? nothing : html`<p class="lost">Not connected now: these are the last known facts.</p>`}
      <table role="table" part="table" aria-rowcount=${found + 1} ?data-stale=${connection !== 'live'}>
        <caption class="unseen">Endpoints of the fleet</caption>
        ${renderHeads(this.choice, (column) => this.#choose(sortedBy(this.choice, column)))}
        ${this.#renderBlocks()}
      </table>
      ${found === 0 ? html`<p class="no-match">No endpoint matches. <button class="clear quiet" type="button" @click=${() => this.#choose({ ...everyEndpoint, sort: this.choice.sort, isDescending: this.choice.isDescending })}>SHOW ALL</button></p>` : nothing}
      ${this.#renderMore(found)}
    `;
  }

  #renderBlocks(): TemplateResult[] {
    const shown = this.#order.slice(0, Math.min(this.#shownCount, this.#mounted * rowsInBlock));
    return Array.from({ length: Math.ceil(shown.length / rowsInBlock) }, (_, index) => {
      const ids = shown.slice(index * rowsInBlock, (index + 1) * rowsInBlock);
      // Off screen a block stays as it is until its rows are other ones.
      const moment = this.#blocks.isOnScreen(index) ? this.#version : -1;
      return html`<tbody ?data-full=${ids.length === rowsInBlock}>${guard(
        [this.#order, ids.length, moment],
        () =>
          repeat(
            ids,
            (id) => id,
            (id, i) => this.#renderRow(id, index * rowsInBlock + i + 2),
          ),
      )}</tbody>`;
    });
  }

  #renderRow(id: string, place: number): unknown {
    const endpoint = this.#facts.endpoints.get(id);
    if (!endpoint) return nothing;
    const { number, isOpen, intents } = this.#rows.of(id);
    const view = {
      endpoint,
      host: this.#hostOf(endpoint),
      place,
      number,
      isOpen,
      pending: intents.pending,
      problem: intents.problem,
      mayCheck: this.#mayDo('operate'),
      mayRemove: this.#mayDo('admin'),
      isAsked: this.#asked === id && this.#confirm.about !== undefined,
    };
    const question = view.isAsked ? () => this.#renderQuestion(endpoint) : undefined;
    return guard(Object.values(view), () => renderRow({ ...view, question }, this.#actions));
  }

  #renderQuestion({ id, name }: Endpoint): TemplateResult {
    return this.#confirm.render({
      question: `Remove ${name}? It runs on, unwatched.`,
      yes: 'REMOVE NOW',
      onYes: () => void this.#rows.of(id).intents.ask('remove', new EndpointRemoveEvent(id)),
    });
  }

  #renderMore(found: number): TemplateResult | typeof nothing {
    if (found <= pageSize) return nothing;
    const hidden = found - this.#shownCount;
    const next = Math.min(pageSize, hidden);
    return html`<p class="more" tabindex="-1">
      Showing ${foundText(this.#shownCount, found)}
      ${hidden > 0 ? html`<button class="show-more quiet" type="button" @click=${this.#showMore}>SHOW ${countText(next)} MORE</button>` : nothing}
    </p>`;
  }

  #emptyText(mayAdd: boolean): string {
    const { hub } = this.#hub;
    if (!this.registry && hub && hub.connection !== 'live')
      return (
        hub.error?.message ??
        (hub.connection === 'closed' ? 'No endpoints are known.' : 'Looking for endpoints…')
      );
    return mayAdd ? 'No endpoints yet. Add one above.' : 'No endpoints yet.';
  }

  get #shownCount(): number {
    return Math.min(this.#limit, this.#order.length);
  }

  get #search(): HTMLInputElement | null | undefined {
    return this.shadowRoot?.querySelector<HTMLInputElement>('.search');
  }

  #mayDo(needed: 'operate' | 'admin'): boolean {
    return mayDo(this.registry ? undefined : this.#hub.hub?.scope, needed);
  }

  #hostOf({ hostId }: Endpoint): ReturnType<FleetFacts['hosts']['get']> {
    return hostId === null ? undefined : this.#facts.hosts.get(hostId);
  }

  /** A list that stays the same keeps its rows as they are. */
  #arrange(): void {
    const source = this.registry ?? this.#hub.hub;
    if (!this.#isStaleOrder && source === this.#source) return;
    this.#isStaleOrder = false;
    this.#source = source;
    const { endpoints } = this.#facts;
    const order = arrangeEndpoints([...endpoints.values()], this.choice, (endpoint) =>
      this.#hostOf(endpoint),
    ).map(({ id }) => id);
    if (order.length === this.#order.length && order.every((id, i) => id === this.#order[i])) return;
    this.#order = order;
  }

  #choose(choice: EndpointChoice): void {
    this.choice = choice;
    this.#isStaleOrder = true;
    this.#limit = pageSize;
    this.#mounted = 1;
  }

  #askToRemove(id: string): void {
    const { number, intents } = this.#rows.of(id);
    if (intents.pending !== undefined) return;
    this.#asked = id;
    this.#confirm.open(`remove-${number}`);
  }

  #openModels(id: string, isOpen: boolean): void {
    const row = this.#rows.of(id);
    if (row.isOpen === isOpen) return;
    row.isOpen = isOpen;
    this.requestUpdate();
  }

  readonly #showMore = async (): Promise<void> => {
    this.#limit += pageSize;
    this.requestUpdate();
    await this.updateComplete;
    if (!this.shadowRoot?.querySelector('.show-more'))
      this.shadowRoot?.querySelector<HTMLElement>('.more')?.focus();
  };

  #rearrange(): void {
    this.#isStaleOrder = true;
    this.#redrawSoon();
  }

  #redrawSoon(): void {
    // Before the first update nobody has looked yet.
    if (this.#isOnScreen || !this.hasUpdated) frames.schedule(this.#redraw);
  }

  readonly #redraw = { draw: (): void => this.requestUpdate() };

  /** One block a frame: a long page does not hold the browser up. */
  readonly #mountMore = {
    draw: (): void => {
      this.#mounted += 1;
      this.requestUpdate();
    },
  };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const rearrange = (): void => this.#rearrange();
    const redraw = (): void => this.#redrawSoon();
    return [
      hub.subscribe('endpoint:registered', rearrange),
      hub.subscribe('endpoint:updated', rearrange),
      hub.subscribe('endpoint:removed', rearrange),
      hub.subscribe('connection:changed', rearrange),
      hub.subscribe('endpoints:checked', redraw),
      hub.subscribe('host:reported', redraw),
      hub.subscribe('host:removed', redraw),
    ];
  }
}
