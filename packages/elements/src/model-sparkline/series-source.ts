import { limits, type SeriesView } from '@corral/core';

/** The newest 20 of plain arrays as a series: a slot whose `valid` is false reads as unknown. */
export function arraySeries(values: readonly number[], valid: readonly boolean[] | undefined): SeriesView {
  const first = Math.max(0, values.length - limits.seriesLength);
  return {
    length: values.length - first,
    at: (index) => (valid?.[first + index] === false ? Number.NaN : values[first + index]),
  };
}

/** Smallest and largest of the known values. */
export interface SeriesExtent {
  readonly smallest: number;
  readonly largest: number;
}

/** The extent of the known values; `undefined` when none is known. */
export function extentOf(series: SeriesView): SeriesExtent | undefined {
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < series.length; i++) {
    const value = series.at(i) as number;
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  return largest === -Infinity ? undefined : { smallest, largest };
}
