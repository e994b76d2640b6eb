import { usualStepMs } from '../metrics-panel/gaps.js';
import { unitView, unknownText } from '../metrics-panel/unit-view.js';
import { type ChartSeries, firstFrom, nearestIndex, type Range } from './chart-series.js';

const shortTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const longTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The time of day of a reading, or of a tick on whole minutes. */
export function timeText(atMs: number, isWholeMinute = false): string {
  return (isWholeMinute ? shortTime : longTime).format(atMs);
}

/** The times in a span at which anything was read, ascending. Series that are read together share a time. */
export function readingTimes(series: readonly ChartSeries[], { from, to }: Range): readonly number[] {
  const steps = series.map(({ atMs }) => usualStepMs(atMs)).filter((step) => step > 0);
  const apart = steps.length === 0 ? 0 : Math.min(...steps) / 2;
  const all = series.flatMap(({ atMs }) => {
    const first = firstFrom(atMs, from);
    return atMs.slice(first).filter((at) => at <= to);
  });
  const times: number[] = [];
  for (const at of all.sort((a, b) => a - b)) {
    const last = times.at(-1);
    if (last === undefined || (at > last && at - last >= apart)) times.push(at);
  }
  return times;
}

/** What a series says of a time: the value read closest to it, `null` where none was read around then. */
export function valueAt({ atMs, values }: ChartSeries, at: number): number | null {
  const index = nearestIndex(atMs, at);
  if (index === undefined) return null;
  const away = Math.abs((atMs[index] as number) - at);
  return away <= usualStepMs(atMs) * 0.75 ? (values[index] ?? null) : null;
}

/** A value with the unit of its series; N/A for an unknown one. */
export function valueText({ unit }: Pick<ChartSeries, 'unit'>, value: number | null): string {
  return value === null ? unknownText : unitView(unit).text(value);
}

/** What is said of a time: `10:15:02, alpha: 37.0%, beta: N/A`. */
export function readoutText(series: readonly ChartSeries[], at: number): string {
  const values = series.map((one) => `${one.label}: ${valueText(one, valueAt(one, at))}`);
  return [timeText(at), ...values].join(', ');
}
