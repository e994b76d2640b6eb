import type { Range } from './chart-series.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 6, 12].map((n) => n * hour),
  day,
];

/** Pixels that the text of a time needs, with the room between two of them. */
const textWidth = { minutes: 54, seconds: 80 } as const;

/** Ticks of an axis, ascending, `step` apart. */
export interface Ticks {
  readonly step: number;
  readonly at: readonly number[];
}

/** 1, 2 or 5 times a power of ten, so that at most `count` steps cover `span`. */
export function niceStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Ticks on whole seconds, minutes or hours that lie in the range, so far apart that their texts fit into `width`. */
export function timeTicks(range: Range, width: number): Ticks {
  const msPerPixel = (range.to - range.from) / width;
  const room = (step: number): number =>
    msPerPixel * (step % minute === 0 ? textWidth.minutes : textWidth.seconds);
  const step = timeSteps.find((nice) => nice >= room(nice)) ?? Math.ceil(room(day) / day) * day;
  return { step, at: multiples(range, step, 0) };
}

/** What a value axis has to know of its unit. */
export interface AxisUnit {
  /** Where the axis ends, as for a share, unless values go beyond. */
  readonly full: number | undefined;
  /** Whether there is nothing between two whole numbers. */
  readonly whole: boolean;
  /** How long the axis is when every value is zero. */
  readonly divisor: number;
}

/** The axis of values: from zero, or below where values are, up to a tick above the largest; about `count` steps. */
export function valueAxis(
  extent: Range | undefined,
  { full = 0, whole, divisor }: AxisUnit,
  count: number,
): { readonly range: Range; readonly ticks: Ticks } {
  const least = Math.min(0, extent?.from ?? 0);
  const largest = Math.max(0, extent?.to ?? 0, full);
  // Where nothing is to be told apart, an axis of one unit says so.
  const most = largest - least > divisor * 1e-9 ? largest : divisor;
  const nice = niceStep(most - least, count);
  const step = whole ? Math.max(1, nice) : nice;
  const from = Math.floor(least / step + 1e-9) * step;
  const range = { from, to: Math.max(from + step, Math.ceil(most / step - 1e-9) * step) };
  return { range, ticks: { step, at: multiples(range, step, 1e-9) } };
}

/** Counted, not added up: a sum of steps drifts off the multiples. `slack` is the share of a step that rounding may cost. */
function multiples({ from, to }: Range, step: number, slack: number): number[] {
  const first = Math.ceil(from / step - slack);
  const last = Math.floor(to / step + slack);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => clamp((first + i) * step, from, to));
}

/** A multiple may miss the end of the range by the last bit. */
function clamp(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, value));
}
