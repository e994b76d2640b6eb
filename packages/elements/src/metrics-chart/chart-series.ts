/** One line of a chart. */
export interface ChartSeries {
  /** Unique in its chart. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** `%`, `bytes` (shown in GB), `°C`, `requests`, or any other unit, which is written behind the numbers. */
  readonly unit: string;
  /** When each value was read, in ms since the Unix epoch, ascending. A hole in time is drawn as a gap. */
  readonly atMs: readonly number[];
  /** As long as `atMs`; `null` where unknown, which is a gap as well. */
  readonly values: readonly (number | null)[];
  /** Any CSS colour. Default: the next one of the chart's own. */
  readonly color?: string;
}

/** A series with the number of its colour. */
export interface DrawnSeries extends ChartSeries {
  readonly slot: number;
}

/** How many colours a chart has of its own. */
export const slotCount = 8;

/** A span of time or of values, `from` below `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The index of the first of ascending times that is `atMs` or later. */
export function firstFrom(times: readonly number[], atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the time that is closest to `atMs`; `undefined` when there is none. */
export function nearestIndex(times: readonly number[], atMs: number): number | undefined {
  if (times.length === 0) return undefined;
  const after = firstFrom(times, atMs);
  if (after === 0) return 0;
  if (after === times.length) return after - 1;
  return (times[after] as number) - atMs < atMs - (times[after - 1] as number) ? after : after - 1;
}

/** The newest time of all series; `undefined` when there is none. */
export function newestMs(series: readonly ChartSeries[]): number | undefined {
  let newest = -Infinity;
  for (const { atMs } of series) newest = Math.max(newest, atMs.at(-1) ?? -Infinity);
  return newest === -Infinity ? undefined : newest;
}
