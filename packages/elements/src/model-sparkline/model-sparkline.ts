import type { HubFace, ModelMetric, SeriesView, Unsubscribe } from '@corral/core';
import { adoptStyles, ReactiveElement } from '@lit/reactive-element';
import { property } from '@lit/reactive-element/decorators.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { type MetricPreset, metricPresets } from '../metric-presets.js';
import { NumberText } from '../number-text.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { sparklineStyles } from './model-sparkline.styles.js';
import { arraySeries, extentOf, type SeriesExtent } from './series-source.js';
import { asciiText, barPath, drawing, linePath, scaleOf } from './sparkline-path.js';

const numbers = new Map<number, NumberText>();
const unknownText = '–';
/** No value is this small or large, so nothing looks drawn before it is. */
const noExtent: SeriesExtent = { smallest: Infinity, largest: -Infinity };

/**
 * One metric as label, trend, newest value and range.
 *
 * It is the hot path of the kit: the tree is built once, and a tick writes one path and the texts that changed, once a
 * frame, and only while it is on screen. Unknown slots are gaps; without any known value it stays quiet.
 *
 * @summary The trend of one metric of a model.
 *
 * @csspart label - The name of the metric.
 * @csspart line - The path of the trend.
 * @csspart current - The newest value with its unit.
 * @csspart range - The smallest and largest value in the window.
 *
 * @cssproperty [--corral-tokens=#00ffff] - Colour of tokens per second.
 * @cssproperty [--corral-memory=#ff9500] - Colour of memory.
 * @cssproperty [--corral-latency=#00ff41] - Colour of latency.
 * @cssproperty [--corral-sparkline-font-size=12px] - Size of the texts; everything scales with it.
 * @cssproperty [--corral-sparkline-stroke=1.5px] - Width of the line.
 */
export class ModelSparkline extends ReactiveElement implements Drawable {
  static override styles = [tokens, sparklineStyles];

  /** Which metric it shows; gives label, unit, colour and decimals. */
  @property({ reflect: true }) metric: ModelMetric = 'tokensPerSecond';

  /** How the trend is drawn. */
  @property({ reflect: true }) variant: 'line' | 'bars' | 'ascii' = 'line';

  /** Another label than the metric's own. */
  @property() label: string | undefined;

  /** The model whose series is shown, under a provider. */
  @property({ attribute: 'model-id' }) modelId: string | undefined;

  /** The values, oldest first, of which the newest 20 are shown; wins over the provider. */
  @property({ attribute: false }) values: readonly number[] | undefined;

  /** Which of `values` are known; all of them when it is absent. */
  @property({ attribute: false }) valid: readonly boolean[] | undefined;

  /** A live series; wins over the provider. Call {@link refresh} when it has moved on. */
  @property({ attribute: false }) series: SeriesView | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.refresh(),
    needsHub: () => this.modelId !== undefined && !this.values && !this.series,
  });
  #parts: Parts | undefined;
  #onScreen = true;
  #leaveViewport: (() => void) | undefined;
  /** What was drawn last; `undefined` when it must be drawn anew. */
  #drawnTrend: string | undefined;
  #drawnCurrent = '';
  #drawnExtent: SeriesExtent | undefined;

  /** Draws in the next frame, if it is on screen; else when it comes on screen. */
  refresh(): void {
    if (this.#onScreen && this.isConnected) frames.schedule(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Inside a card the card is watched; one observer entry for each of its three sparklines would be waste.
    if (this.getRootNode() instanceof Document || this.modelId !== undefined) {
      this.#leaveViewport = viewport.watch(this, (onScreen) => {
        this.#onScreen = onScreen;
        this.refresh();
      });
    }
    this.refresh();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    frames.cancel(this);
  }

  protected override createRenderRoot(): ShadowRoot {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    adoptStyles(root, (this.constructor as typeof ModelSparkline).elementStyles);
    this.#parts = buildParts(root);
    return root;
  }

  protected override update(changed: Map<PropertyKey, unknown>): void {
    super.update(changed);
    // Values come every second; only these three change how they are shown.
    if (!this.hasUpdated || changed.has('metric') || changed.has('label') || changed.has('variant')) {
      const { label, color } = this.#preset;
      if (this.#parts) this.#parts.label.data = this.label ?? label;
      this.style.setProperty('--_metric', `var(${color})`);
      this.#drawnTrend = undefined;
      this.#drawnExtent = undefined;
    }
    this.refresh();
  }

  /** Writes what changed. Called by the frame scheduler. */
  draw(): void {
    const parts = this.#parts;
    if (!parts) return;
    const series = this.#source();
    const extent = series && extentOf(series);
    this.#drawTrend(parts, series, extent);
    const number = numberText(this.#preset.decimals);
    const newest = series?.at(series.length - 1);
    const current =
      newest === undefined || newest !== newest ? unknownText : number.format(newest) + this.#preset.unit;
    if (current !== this.#drawnCurrent) parts.current.data = this.#drawnCurrent = current;
    this.#drawRange(parts, extent, number);
  }

  /** An attribute may hold anything; what is no metric shows as the first one. */
  get #preset(): MetricPreset {
    return Object.hasOwn(metricPresets, this.metric)
      ? metricPresets[this.metric]
      : metricPresets.tokensPerSecond;
  }

  #source(): SeriesView | undefined {
    if (this.values) return arraySeries(this.values, this.valid);
    if (this.series) return this.series;
    return this.modelId === undefined ? undefined : this.#hub.hub?.series(this.modelId)?.[this.metric];
  }

  #drawTrend(parts: Parts, series: SeriesView | undefined, extent: SeriesExtent | undefined): void {
    let trend = '';
    if (series && extent) {
      const scale = scaleOf(extent, this.#preset.baseline);
      if (this.variant === 'ascii') trend = asciiText(series, scale);
      else trend = this.variant === 'bars' ? barPath(series, scale) : linePath(series, scale);
    }
    if (trend === this.#drawnTrend) return;
    this.#drawnTrend = trend;
    if (this.variant === 'ascii') parts.ascii.data = trend;
    else parts.path.setAttribute('d', trend);
  }

  /** The extent of a window seldom moves, so its text is made only when it does. */
  #drawRange(parts: Parts, extent: SeriesExtent | undefined, number: NumberText): void {
    const { smallest, largest } = extent ?? noExtent;
    if (smallest === this.#drawnExtent?.smallest && largest === this.#drawnExtent.largest) return;
    this.#drawnExtent = { smallest, largest };
    parts.range.data = extent ? `${number.format(smallest)} – ${number.format(largest)}` : '';
  }

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const refresh = (): void => this.refresh();
    return [hub.subscribe('models:sampled', refresh), hub.subscribe('models:scanned', refresh)];
  }
}

interface Parts {
  readonly label: Text;
  readonly path: SVGPathElement;
  readonly ascii: Text;
  readonly current: Text;
  readonly range: Text;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Text of label, value and range is the trend's alternative, so the drawing itself is hidden from readers. */
function buildParts(root: ShadowRoot): Parts {
  const span = (name: string): Text => {
    const element = document.createElement('span');
    element.className = name;
    element.setAttribute('part', name);
    root.append(element);
    return element.appendChild(document.createTextNode(''));
  };
  const label = span('label');
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', `0 0 ${drawing.width} ${drawing.height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const path = svg.appendChild(document.createElementNS(svgNamespace, 'path'));
  path.setAttribute('part', 'line');
  const pre = document.createElement('pre');
  pre.setAttribute('aria-hidden', 'true');
  const ascii = pre.appendChild(document.createTextNode(''));
  root.append(svg, pre);
  return { label, path, ascii, current: span('current'), range: span('range') };
}

function numberText(decimals: number): NumberText {
  const known = numbers.get(decimals);
  if (known) return known;
  const made = new NumberText(decimals);
  numbers.set(decimals, made);
  return made;
}
