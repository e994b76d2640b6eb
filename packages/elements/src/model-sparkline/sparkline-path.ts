import { limits, type SeriesView } from '@corral/core';
import type { MetricPreset } from '../metric-presets.js';
import type { SeriesExtent } from './series-source.js';

/** The drawing area: one unit of x per slot, whole units of y. Short numbers are parsed faster by the browser. */
export const drawing = { width: limits.seriesLength - 1, height: 100, inset: 4 } as const;

/** Where the scale begins and ends. */
export interface Scale {
  readonly from: number;
  readonly to: number;
}

/**
 * The scale of a window. From zero, unless the metric asks for its smallest value; a window that hardly moves gets a
 * scale of a tenth around it, so that noise does not look like a mountain.
 */
export function scaleOf({ smallest, largest }: SeriesExtent, baseline: MetricPreset['baseline']): Scale {
  if (baseline === 'zero') return { from: Math.min(0, smallest), to: largest > 0 ? largest : 1 };
  const span = Math.max(largest - smallest, Math.abs(largest) * 0.1) || 1;
  const middle = (largest + smallest) / 2;
  return { from: middle - span / 2, to: middle + span / 2 };
}

/** Path data of a line; unknown slots are gaps, a lone known slot is a dash. The newest slot is at the right edge. */
export function linePath(series: SeriesView, scale: Scale): string {
  let path = '';
  let open = false;
  const { length } = series;
  const firstColumn = limits.seriesLength - length;
  for (let i = 0; i < length; i++) {
    const value = series.at(i) as number;
    if (value !== value) {
      open = false;
      continue;
    }
    path += (open ? lineTo : moveTo)(firstColumn + i) + numeral(yOf(value, scale));
    // A stroke of no length would be a speck nobody sees.
    if (!open && !isKnown(series.at(i + 1))) path += 'm-.15 0h.3';
    open = true;
  }
  return path;
}

/** Path data of bars from the bottom edge up; unknown slots have none. */
export function barPath(series: SeriesView, scale: Scale): string {
  let path = '';
  const firstColumn = limits.seriesLength - series.length;
  for (let i = 0; i < series.length; i++) {
    const value = series.at(i) as number;
    if (value === value) path += `${moveTo(firstColumn + i)}${drawing.height}V${numeral(yOf(value, scale))}`;
  }
  return path;
}

/**
 * The texts of a path are few and known; making them anew for every point would be half of the work. Points that follow
 * a move need no letter: they are lines.
 */
const numerals = Array.from({ length: drawing.height + 1 }, (_, n) => String(n));
const moves = numerals.map((n) => `M${n} `);
const points = numerals.map((n) => ` ${n} `);

function numeral(value: number): string {
  return numerals[value] ?? String(value);
}

function moveTo(column: number): string {
  return moves[column] ?? `M${column} `;
}

function lineTo(column: number): string {
  return points[column] ?? ` ${column} `;
}

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const rows = 3;

/** Three rows of block characters, newest at the right; unknown slots are blank, known ones at least a line. */
export function asciiText(series: SeriesView, scale: Scale): string {
  const missing = limits.seriesLength - series.length;
  const levels = Array.from({ length: series.length }, (_, i) => {
    const value = series.at(i) as number;
    if (value !== value) return 0;
    const share = (value - scale.from) / (scale.to - scale.from);
    return Math.max(1, Math.round(Math.min(1, Math.max(0, share)) * rows * 8));
  });
  const row = (fromBottom: number): string =>
    ' '.repeat(Math.max(0, missing)) +
    levels.map((level) => blocks[Math.min(8, Math.max(0, level - fromBottom * 8))]).join('');
  return [row(2), row(1), row(0)].join('\n');
}

/** Whole units: shorter strings, and `toFixed` would cost three times as much. */
function yOf(value: number, { from, to }: Scale): number {
  const share = (value - from) / (to - from);
  return Math.round(drawing.height - drawing.inset - share * (drawing.height - 2 * drawing.inset));
}

function isKnown(value: number | undefined): boolean {
  return value !== undefined && value === value;
}
