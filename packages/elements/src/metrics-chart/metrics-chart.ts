import type { MetricsField } from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { fieldViews, isMetricsField } from '../metrics-panel/field-views.js';
import { metricColors } from '../metrics-panel/metric-colors.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { ChartCursor } from './chart-cursor.js';
import { frameOf, margins, renderDrawing } from './chart-drawing.js';
import { renderLegend, renderReadout } from './chart-legend.js';
import { extentIn } from './chart-path.js';
import { type ChartSeries, type DrawnSeries, newestMs, type Range, slotCount } from './chart-series.js';
import { HubReadings, longestMinutes } from './hub-readings.js';
import { chartStyles } from './metrics-chart.styles.js';
import { ReadingsTable } from './readings-table.js';

const windowsMinutes = [1, 5, longestMinutes] as const;

/**
 * Numbers over time, a line for each series: with axes, a legend that switches lines, and a read-out by pointer or by
 * arrow keys. What is unknown is a gap, and so is a hole in time. A table shows the same readings.
 *
 * Under a provider it shows one `field` of every metrics backend: the past of it, asked for once, and each reading that
 * comes. `series` wins. It is written at most once a frame, and not while off screen.
 *
 * @summary Numbers over time.
 *
 * @csspart plot - The area with axes and lines.
 * @csspart legend - The names of the lines, with their newest values.
 * @csspart table - The readings as a table.
 *
 * @cssproperty [--corral-cpu=#7eb8da] - Colour of processor load, and of the first line.
 * @cssproperty [--corral-ram=#a78bfa] - Colour of memory.
 * @cssproperty [--corral-vram=#f59e0b] - Colour of graphics cards.
 * @cssproperty [--corral-chart-height=240px] - Height of the plot.
 */
export class MetricsChart extends LitElement implements Drawable {
  static override styles = [tokens, controls, metricColors, chartStyles];

  /** The lines; wins over the provider. All of them have the unit of the first one. */
  @property({ attribute: false }) series: readonly ChartSeries[] | undefined;

  /** The number that is shown of the backends of a hub. */
  @property({ reflect: true }) field: MetricsField = 'cpuUtilization';

  /** The one backend that is shown, such as a host; all of them without it. */
  @property({ attribute: 'backend-id' }) backendId: string | undefined;

  /** How far the chart reaches back: 1, 5 or 15 minutes before the newest reading. */
  @property({ type: Number, reflect: true }) minutes: 1 | 5 | 15 = 5;

  /** What stands above the chart. Default: the name of the field. */
  @property() label: string | undefined;

  @state() private showsTable = false;

  readonly #readings = new HubReadings(() => this.#redraw());
  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#readings.subscribe(hub),
    hubChanged: () => {
      this.#readings.follow(this.#hub.hub);
      this.#redraw();
    },
    needsHub: () => this.series === undefined,
  });
  readonly #table = new ReadingsTable(this);
  readonly #cursor = new ChartCursor(this, () => ({ series: this.#shown(), span: this.#span() }));
  readonly #hidden = new Set<string>();
  readonly #resized = new ResizeObserver(([entry]) => {
    if (entry) this.#size = entry.contentRect;
    this.#redraw();
  });
  #size: { readonly width: number; readonly height: number } = { width: 0, height: 0 };
  #observed: Element | undefined;
  #onScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (onScreen) => {
      this.#onScreen = onScreen;
      this.#redraw();
    });
    if (this.#observed) this.#resized.observe(this.#observed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    this.#resized.disconnect();
    frames.cancel(this);
  }

  /** Called by the frame scheduler. */
  draw(): void {
    this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('field') || changed.has('minutes') || changed.has('backendId')) this.#table.reset();
  }

  protected override updated(): void {
    const plot = this.renderRoot.querySelector('.plot') ?? undefined;
    if (plot !== this.#observed) {
      this.#resized.disconnect();
      this.#observed = plot;
      if (plot) this.#resized.observe(plot);
    }
    this.#paint();
  }

  protected override render(): TemplateResult {
    const all = this.#all();
    const shown = all.filter(({ id }) => !this.#hidden.has(id));
    const title = this.#title();
    const { hub } = this.#hub;
    const isStale = !this.series && hub !== undefined && hub.connection !== 'live';
    return html`
      <section aria-label=${title} ?data-stale=${isStale}>
        <div class="head">
          <h3>${title}${isStale ? html` <small>not connected now</small>` : nothing}</h3>
          ${this.series ? nothing : this.#renderFields()}
          ${this.#renderWindows()}
          <button class="quiet" type="button" aria-pressed=${this.showsTable ? 'true' : 'false'} @click=${this.#toggleTable}>TABLE</button>
        </div>
        ${this.showsTable ? this.#table.render(shown, this.#span(), title) : this.#renderPlot(all, shown, title)}
        ${all.length > 0 ? renderLegend(all, this.#hidden, (id) => this.#toggle(id)) : nothing}
        <div role="alert">${this.#problem === undefined ? nothing : html`<p class="problem">The readings of the past did not come: ${this.#problem}</p>`}</div>
        <p class="unseen" role="status">${this.#cursor.said}</p>
      </section>
    `;
  }

  #renderPlot(all: readonly DrawnSeries[], shown: readonly DrawnSeries[], title: string): TemplateResult {
    const { width, height } = this.#size;
    const span = this.#span();
    const frame = frameOf(shown, span, width, height);
    const at = this.#cursor.atMs;
    const steps = this.series ? [] : this.#readings.clockSteps();
    const blank = this.#blankText(all, shown, span);
    return html`
      <div
        part="plot"
        class="plot"
        role="application"
        aria-roledescription="chart"
        aria-label=${`${title}, last ${this.#minutes} min. Arrow keys read the values.`}
        tabindex="0"
        @keydown=${this.#cursor.pressed}
        @pointermove=${this.#cursor.pointed}
        @pointerdown=${this.#cursor.pointed}
        @pointerleave=${this.#cursor.pointerLeft}
        @blur=${this.#cursor.left}
      >
        <svg aria-hidden="true">${width > 0 && blank === undefined ? renderDrawing(frame, shown, at, steps) : nothing}</svg>
        ${blank === undefined ? nothing : html`<p class="blank">${blank}</p>`}
        ${at === undefined ? nothing : renderReadout(shown, at, at > (span.from + span.to) / 2)}
      </div>
    `;
  }

  #renderFields(): TemplateResult {
    const known = this.#readings.fields(this.backendId);
    const fields = known.some((field) => field === this.#field) ? known : [this.#field, ...known];
    return html`
      <select aria-label="What is shown" @change=${this.#chooseField}>
        ${fields.map((field) => html`<option value=${field} .selected=${field === this.#field}>${fieldViews[field].label}</option>`)}
      </select>
    `;
  }

  #renderWindows(): TemplateResult {
    return html`
      <div class="windows" role="group" aria-label="How far back">
        ${windowsMinutes.map(
          (minutes) => html`
            <button class="quiet" type="button" aria-pressed=${minutes === this.#minutes ? 'true' : 'false'} @click=${() => {
              this.minutes = minutes;
            }}>${minutes} min</button>
          `,
        )}
      </div>
    `;
  }

  /** Why there is nothing to draw; `undefined` when there is. */
  #blankText(all: readonly ChartSeries[], shown: readonly ChartSeries[], span: Range): string | undefined {
    const { hub } = this.#hub;
    if (all.length > 0) {
      if (shown.length === 0) return 'Every line is switched off.';
      return extentIn(shown, span) ? undefined : 'Nothing is known of these minutes.';
    }
    if (this.series) return 'No readings yet.';
    if (!hub) return 'No hub to show readings of.';
    if (hub.connection === 'closed') return hub.error?.message ?? 'No readings are known.';
    return this.#readings.isLoading
      ? 'Loading readings…'
      : `No readings of ${fieldViews[this.#field].label} yet.`;
  }

  get #problem(): string | undefined {
    return this.series ? undefined : this.#readings.problem;
  }

  /** An attribute may hold anything. */
  get #field(): MetricsField {
    return isMetricsField(this.field) ? this.field : 'cpuUtilization';
  }

  get #minutes(): 1 | 5 | 15 {
    return windowsMinutes.includes(this.minutes) ? this.minutes : 5;
  }

  #title(): string {
    return this.label ?? (this.series ? 'Readings' : fieldViews[this.#field].label);
  }

  #all(): readonly DrawnSeries[] {
    if (!this.series) return this.#readings.series(this.#field, this.backendId);
    return this.series.map((one, index) => ({ ...one, slot: index % slotCount }));
  }

  #shown(): readonly DrawnSeries[] {
    return this.#all().filter(({ id }) => !this.#hidden.has(id));
  }

  /** The window ends with the newest reading, so that it needs no clock of its own. */
  #span(): Range {
    const to = newestMs(this.series ?? this.#readings.series(this.#field, this.backendId)) ?? 0;
    return { from: to - this.#minutes * 60_000, to };
  }

  /** Colours that a page chose: a style attribute made of text would be against a strict policy. */
  #paint(): void {
    const colors = new Map(this.series?.map(({ id, color }) => [id, color]));
    for (const element of this.renderRoot.querySelectorAll<HTMLElement | SVGElement>('[data-id]')) {
      const color = colors.get(element.dataset['id'] ?? '');
      if (color !== undefined && CSS.supports('color', color)) element.style.setProperty('--_series', color);
      else element.style.removeProperty('--_series');
    }
    const at = this.#cursor.atMs;
    const readout = this.renderRoot.querySelector<HTMLElement>('.readout');
    if (at === undefined || !readout) return;
    const { from, to } = this.#span();
    const share = (at - from) / (to - from);
    const x = margins.left + share * (this.#size.width - margins.left - margins.right);
    readout.style.setProperty('--_x', `${Math.round(x)}px`);
  }

  #redraw(): void {
    if (this.#onScreen && this.isConnected) frames.schedule(this);
  }

  #toggle(id: string): void {
    if (!this.#hidden.delete(id)) this.#hidden.add(id);
    this.requestUpdate();
  }

  readonly #toggleTable = (): void => {
    this.showsTable = !this.showsTable;
    this.#table.reset();
    this.#cursor.clear();
  };

  readonly #chooseField = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    if (isMetricsField(value)) this.field = value;
  };
}
