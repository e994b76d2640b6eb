import { gapMs } from '../metrics-panel/gaps.js';
import { type ChartSeries, firstFrom, type Range } from './chart-series.js';

/** The area that lines are drawn in: times and values at its edges, and its size in pixels. */
export interface PlotArea {
  readonly time: Range;
  readonly value: Range;
  readonly width: number;
  readonly height: number;
}

/** Points of one unbroken piece of a line, in pixels from the upper left corner. */
export type Stroke = readonly (readonly [x: number, y: number])[];

/**
 * A line cut into strokes where a value is unknown or readings are missing. Of the readings in one column of pixels the
 * first, the last, the smallest and the largest are kept, in their order: more could not be seen, and no peak is lost.
 */
export function strokesOf(
  { atMs, values }: Pick<ChartSeries, 'atMs' | 'values'>,
  area: PlotArea,
): readonly Stroke[] {
  const strokes: Stroke[] = [];
  const hole = gapMs(atMs);
  const point = pointIn(area);
  let stroke: (readonly [number, number])[] = [];
  let column: Column | undefined;
  let before = -Infinity;
  const endColumn = (): void => {
    if (column)
      for (const index of column.kept()) stroke.push(point(atMs[index] as number, values[index] as number));
    column = undefined;
  };
  const endStroke = (): void => {
    endColumn();
    if (stroke.length > 0) strokes.push(stroke);
    stroke = [];
  };
  // The reading before the window leads the line in from its edge, and the one after leads it out.
  const first = Math.max(0, firstFrom(atMs, area.time.from) - 1);
  for (let i = first; i < atMs.length && before <= area.time.to; i++) {
    const at = atMs[i] as number;
    const value = values[i] ?? null;
    if (value === null || at - before > hole || at < before) endStroke();
    before = at;
    if (value === null) continue;
    const x = Math.floor(point(at, value)[0]);
    if (x === column?.x) {
      column.add(i, value);
      continue;
    }
    endColumn();
    column = new Column(x, i, value);
  }
  endStroke();
  return strokes;
}

/** Path data of strokes; a lone point is a dot. */
export function pathOf(strokes: readonly Stroke[]): string {
  let path = '';
  for (const stroke of strokes) {
    for (const [index, [x, y]] of stroke.entries())
      path += `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    // With round caps this is a dot; a stroke of no length would be nothing in some browsers.
    if (stroke.length === 1) path += 'h.01';
  }
  return path;
}

/** Where a time and a value are in an area. */
export function pointIn({
  time,
  value,
  width,
  height,
}: PlotArea): (at: number, of: number) => readonly [number, number] {
  return (at, of) => [
    ((at - time.from) / (time.to - time.from)) * width,
    height - ((of - value.from) / (value.to - value.from)) * height,
  ];
}

/** The smallest and largest known value of the series in a span of time; `undefined` when none is known. */
export function extentIn(series: readonly ChartSeries[], { from, to }: Range): Range | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (const { atMs, values } of series) {
    for (let i = firstFrom(atMs, from); i < atMs.length && (atMs[i] as number) <= to; i++) {
      const value = values[i] ?? null;
      if (value === null) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return least > most ? undefined : { from: least, to: most };
}

/** The readings that fall into one column of pixels. */
class Column {
  readonly x: number;
  readonly #first: number;
  #last: number;
  #least: { index: number; value: number };
  #most: { index: number; value: number };

  constructor(x: number, index: number, value: number) {
    this.x = x;
    this.#first = index;
    this.#last = index;
    this.#least = { index, value };
    this.#most = { index, value };
  }

  add(index: number, value: number): void {
    this.#last = index;
    if (value < this.#least.value) this.#least = { index, value };
    if (value > this.#most.value) this.#most = { index, value };
  }

  kept(): readonly number[] {
    const indexes = new Set([this.#first, this.#least.index, this.#most.index, this.#last]);
    return [...indexes].sort((a, b) => a - b);
  }
}
