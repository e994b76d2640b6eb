import { limits, type SeriesView } from '@corral/core';
import { extentOf } from '../model-sparkline/series-source.js';
import { linePath, type Scale, scaleOf } from '../model-sparkline/sparkline-path.js';
import { fieldViews, type MovingField } from './field-views.js';
import { gapMs } from './gaps.js';
import type { BackendReadings } from './reading-history.js';

/** The newest slots of one number, as path data for the area that sparklines are drawn in. */
export function trendPath(readings: BackendReadings, field: MovingField): string {
  const series = slotsOf(readings, field);
  const extent = extentOf(series);
  return extent ? linePath(series, scaleOfField(readings, field) ?? scaleOf(extent, 'zero')) : '';
}

/** Shares are drawn on the whole scale, so that a machine at rest does not look busy. */
function scaleOfField({ values }: BackendReadings, field: MovingField): Scale | undefined {
  if (fieldViews[field].unit === '%') return { from: 0, to: 100 };
  if (field !== 'ramUsed' && field !== 'gpuMemoryUsed') return undefined;
  const total = values[field === 'ramUsed' ? 'ramTotal' : 'gpuMemoryTotal'].at(-1) ?? null;
  return total === null || total <= 0 ? undefined : { from: 0, to: total };
}

/** A hole in time is one empty slot: more would push the newest readings out. */
function slotsOf({ atMs, values }: BackendReadings, field: MovingField): SeriesView {
  const first = Math.max(0, atMs.length - limits.seriesLength);
  const hole = gapMs(atMs);
  const slots: number[] = [];
  for (let i = first; i < atMs.length; i++) {
    if (i > first && (atMs[i] as number) - (atMs[i - 1] as number) > hole) slots.push(Number.NaN);
    slots.push(values[field][i] ?? Number.NaN);
  }
  const shown = slots.slice(-limits.seriesLength);
  return { length: shown.length, at: (index) => shown[index] };
}
