import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { margins } from './chart-drawing.js';
import { readingTimes, readoutText } from './chart-readout.js';
import { type ChartSeries, nearestIndex, type Range } from './chart-series.js';

/** What a cursor can point at. */
export interface CursorGround {
  readonly series: readonly ChartSeries[];
  readonly span: Range;
}

/** How many readings a key goes on by; to the ends where it is infinite. */
const strides: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

/** The place in a chart that someone reads: the pointer leads it, or the arrow keys, and these have it said aloud. */
export class ChartCursor implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #ground: () => CursorGround;
  #atMs: number | undefined;
  #said = '';

  constructor(host: ReactiveControllerHost, ground: () => CursorGround) {
    this.#host = host;
    this.#ground = ground;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.clear();
  }

  /** A reading that has left the window takes the cursor with it. */
  hostUpdate(): void {
    if (this.#atMs !== undefined && this.#atMs < this.#ground().span.from) this.#atMs = undefined;
  }

  /** The time it points at; `undefined` when nobody reads. */
  get atMs(): number | undefined {
    return this.#atMs;
  }

  /** What a live region says. It is silent about the pointer, which moves too fast for words. */
  get said(): string {
    return this.#said;
  }

  /** Points at nothing. */
  clear(): void {
    this.#move(undefined, '');
  }

  /** The focus is gone. */
  readonly left = (): void => this.clear();

  /** A finger leaves when it is lifted, and what it pointed at is read then; keys lead on without the pointer. */
  readonly pointerLeft = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch' && this.#said === '') this.clear();
  };

  readonly pointed = (event: PointerEvent): void => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const { series, span } = this.#ground();
    const share = (event.clientX - left - margins.left) / (width - margins.left - margins.right);
    const times = readingTimes(series, span);
    const index = nearestIndex(times, span.from + share * (span.to - span.from));
    this.#move(index === undefined ? undefined : times[index], '');
  };

  readonly pressed = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Escape' && this.#atMs !== undefined) {
      event.preventDefault();
      this.clear();
      return;
    }
    if (!Object.hasOwn(strides, event.key)) return;
    event.preventDefault();
    const { series, span } = this.#ground();
    const times = readingTimes(series, span);
    const at = times[this.#indexAfter(times, strides[event.key] as number)];
    this.#move(at, at === undefined ? 'Nothing to read.' : readoutText(series, at));
  };

  /** Reading begins at the newest value, unless someone asks for the oldest. */
  #indexAfter(times: readonly number[], stride: number): number {
    const last = times.length - 1;
    if (this.#atMs === undefined) return stride === -Infinity ? 0 : last;
    return Math.min(last, Math.max(0, (nearestIndex(times, this.#atMs) ?? last) + stride));
  }

  #move(atMs: number | undefined, said: string): void {
    if (atMs === this.#atMs && said === this.#said) return;
    this.#atMs = atMs;
    this.#said = said;
    this.#host.requestUpdate();
  }
}
