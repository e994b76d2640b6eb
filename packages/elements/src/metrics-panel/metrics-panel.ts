import type { HubFace, MetricsSnapshot, Unsubscribe } from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { drawing } from '../model-sparkline/sparkline-path.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { fieldViews } from './field-views.js';
import { metricColors } from './metric-colors.js';
import { panelStyles } from './metrics-panel.styles.js';
import { ReadingHistory } from './reading-history.js';
import { type TileRow, tileRows } from './tile-rows.js';
import { trendPath } from './trend.js';

const keptMs = 300_000;
/** Seconds of the past that fill the trends when the panel comes into the page. */
const askedS = 60;

/**
 * The latest numbers of hosts and queues, a tile for each backend: what is used of what there is, with a small trend.
 *
 * Under a provider it shows the backends of the hub and follows them; `snapshots` wins. What a backend has never known
 * is not in its tile; what it does not know now is N/A. It is written at most once a frame, and not while off screen.
 *
 * @summary The latest numbers of each metrics backend.
 *
 * @csspart tiles - The tiles.
 * @csspart tile - One backend.
 * @csspart empty - The text when there are no backends.
 *
 * @cssproperty [--corral-cpu=#7eb8da] - Colour of processor load.
 * @cssproperty [--corral-ram=#a78bfa] - Colour of memory.
 * @cssproperty [--corral-vram=#f59e0b] - Colour of graphics cards.
 * @cssproperty [--corral-gap=12px] - Space between tiles.
 */
export class MetricsPanel extends LitElement implements Drawable {
  static override styles = [tokens, controls, metricColors, panelStyles];

  /** The latest reading of each backend; wins over the provider. Each new list moves the trends on. */
  @property({ attribute: false }) snapshots: readonly MetricsSnapshot[] | undefined;

  /** The one backend that is shown, such as `host:gpu-box-1a2b`; all of them without it. */
  @property({ attribute: 'backend-id' }) backendId: string | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.#begin(),
    needsHub: () => this.snapshots === undefined,
  });
  readonly #history = new ReadingHistory(keptMs);
  #onScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (onScreen) => {
      this.#onScreen = onScreen;
      this.#redraw();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    frames.cancel(this);
  }

  /** Called by the frame scheduler. */
  draw(): void {
    this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('snapshots')) return;
    if (changed.get('snapshots') === undefined) this.#history.clear();
    this.#history.append(this.snapshots ?? this.#hub.hub?.backends() ?? []);
  }

  protected override render(): TemplateResult {
    const { hub } = this.#hub;
    const all = this.snapshots ?? hub?.backends() ?? [];
    const shown = this.backendId === undefined ? all : all.filter((one) => one.backendId === this.backendId);
    if (shown.length === 0) return html`<p part="empty" class="empty">${this.#emptyText(all.length)}</p>`;
    return html`
      <ul part="tiles" class="tiles" ?data-stale=${hub !== undefined && hub.connection !== 'live'}>
        ${repeat(
          shown,
          ({ backendId }) => backendId,
          (snapshot) => this.#renderTile(snapshot),
        )}
      </ul>
    `;
  }

  #renderTile(snapshot: MetricsSnapshot): TemplateResult {
    const { backendId, name, error } = snapshot;
    const rows = tileRows(snapshot, this.#history.backend(backendId)?.known);
    return html`
      <li>
        <article part="tile">
          <h3 title=${name}>${name}</h3>
          ${error === undefined ? nothing : html`<p class="problem">No numbers: ${error}</p>`}
          ${rows.length > 0 ? html`<dl>${rows.map((row) => this.#renderRow(backendId, row))}</dl>` : nothing}
        </article>
      </li>
    `;
  }

  /** The texts say all of it: trend and bar are for the eye alone. */
  #renderRow(backendId: string, { field, text, isUnknown, share }: TileRow): TemplateResult {
    const readings = this.#history.backend(backendId);
    const { label, shortLabel = label, color } = fieldViews[field];
    return html`
      <div data-color=${color} data-field=${field}>
        <dt>${shortLabel}</dt>
        <dd ?data-unknown=${isUnknown}>
          <svg class="trend" viewBox="0 0 ${drawing.width} ${drawing.height}" preserveAspectRatio="none" aria-hidden="true">
            <path d=${readings ? trendPath(readings, field) : ''}></path>
          </svg>
          <b>${text}</b>
          ${share === undefined ? nothing : renderBar(share)}
        </dd>
      </div>
    `;
  }

  #emptyText(count: number): string {
    const { hub } = this.#hub;
    if (this.backendId !== undefined && count > 0) return 'Nothing is known of this host.';
    if (this.snapshots || hub?.connection === 'live') return 'No numbers of hosts yet.';
    if (!hub) return 'No hub to show numbers of.';
    return (
      hub.error?.message ?? (hub.connection === 'closed' ? 'No numbers are known.' : 'Looking for numbers…')
    );
  }

  #redraw(): void {
    if (this.#onScreen && this.isConnected) frames.schedule(this);
  }

  #begin(): void {
    if (this.snapshots) return;
    this.#history.clear();
    const { hub } = this.#hub;
    if (hub) {
      this.#history.append(hub.backends());
      void this.#loadPast(hub);
    }
    this.#redraw();
  }

  /** Without the past the trends begin now: that is no problem worth a word. */
  async #loadPast(hub: HubFace): Promise<void> {
    try {
      const windows = await hub.metricsWindow(askedS);
      if (hub !== this.#hub.hub) return;
      this.#history.load(windows);
      this.#redraw();
    } catch {
      this.#redraw();
    }
  }

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    return [
      hub.subscribe('metrics:collected', ({ snapshots }) => {
        this.#history.append(snapshots);
        this.#redraw();
      }),
      hub.subscribe('connection:changed', ({ connection }) => {
        if (connection === 'live') void this.#loadPast(hub);
        this.#redraw();
      }),
    ];
  }
}

function renderBar(share: number | null): TemplateResult {
  return html`
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      ${share === null ? nothing : svg`<rect width=${(share * 100).toFixed(1)} height="1"></rect>`}
    </svg>
  `;
}
