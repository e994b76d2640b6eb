import { nothing, type SVGTemplateResult, svg } from 'lit';
import { unitView } from '../metrics-panel/unit-view.js';
import { extentIn, type PlotArea, pathOf, pointIn, strokesOf } from './chart-path.js';
import { timeText, valueAt } from './chart-readout.js';
import type { ChartSeries, DrawnSeries, Range } from './chart-series.js';
import { type Ticks, timeTicks, valueAxis } from './chart-ticks.js';

/** Room around the plot in pixels: texts of values at the left, of times below. */
export const margins = { left: 62, right: 10, top: 10, bottom: 22 } as const;

/** Pixels from one value on an axis to the next, about. */
const valueRoom = 40;

/** Pixels around the lines in which a stroke on the edge is still seen. */
const bleed = 2;

/** Where everything in a chart is. */
export interface ChartFrame {
  readonly area: PlotArea;
  readonly times: Ticks;
  readonly values: Ticks;
  readonly unit: string;
}

/** Finds the axes for what is shown. */
export function frameOf(
  series: readonly ChartSeries[],
  time: Range,
  width: number,
  height: number,
): ChartFrame {
  const unit = series[0]?.unit ?? '';
  const inner = {
    width: Math.max(20, width - margins.left - margins.right),
    height: Math.max(20, height - margins.top - margins.bottom),
  };
  const count = Math.max(2, Math.floor(inner.height / valueRoom));
  const { range, ticks } = valueAxis(extentIn(series, time), unitView(unit), count);
  const times = timeTicks(time, inner.width);
  return { area: { time, value: range, ...inner }, times, values: ticks, unit };
}

/** Everything that is drawn; the words of the chart say it too. */
export function renderDrawing(
  { area, times, values, unit }: ChartFrame,
  series: readonly DrawnSeries[],
  cursorMs: number | undefined,
  clockSteps: readonly number[],
): SVGTemplateResult {
  const point = pointIn(area);
  const x = (at: number): string => point(at, 0)[0].toFixed(1);
  const y = (value: number): string => point(area.time.from, value)[1].toFixed(1);
  const marks = clockSteps.filter((at) => at >= area.time.from && at <= area.time.to);
  return svg`
    <g transform="translate(${margins.left} ${margins.top})">
      <g class="values">
        ${values.at.map(
          (value) => svg`
            <line x1="0" x2=${area.width} y1=${y(value)} y2=${y(value)}></line>
            <text x="-8" y=${y(value)}>${unitView(unit).tick(value, values.step)}</text>
          `,
        )}
      </g>
      <g class="times">
        ${times.at.map((at) => renderTime(at, Number(x(at)), area, times.step))}
      </g>
      ${marks.map(
        (at) => svg`<line class="mark" x1=${x(at)} x2=${x(at)} y1="0" y2=${area.height}></line>
          <text class="mark" x=${x(at)} y="10">clock set back</text>`,
      )}
      <svg class="lines" y=${-bleed} width=${area.width + bleed} height=${area.height + 2 * bleed} viewBox=${`0 ${-bleed} ${area.width + bleed} ${area.height + 2 * bleed}`}>
        ${series.map(
          (one) =>
            svg`<path data-slot=${one.slot} data-id=${one.id} d=${pathOf(strokesOf(one, area))}></path>`,
        )}
      </svg>
      ${cursorMs === undefined ? nothing : renderCursor(cursorMs, series, area)}
    </g>
  `;
}

/** Texts at the ends would be cut off in the middle of their tick. */
function renderTime(at: number, x: number, { width, height }: PlotArea, step: number): SVGTemplateResult {
  const anchor = x > width - 20 ? 'end' : 'middle';
  return svg`
    <line x1=${x} x2=${x} y1="0" y2=${height}></line>
    <text x=${anchor === 'end' ? width + margins.right - 2 : x} y=${height + 16} text-anchor=${anchor}>${timeText(at, step % 60_000 === 0)}</text>
  `;
}

function renderCursor(at: number, series: readonly DrawnSeries[], area: PlotArea): SVGTemplateResult {
  const point = pointIn(area);
  const [x] = point(at, 0);
  return svg`
    <line class="cursor" x1=${x} x2=${x} y1="0" y2=${area.height}></line>
    ${series.map((one) => {
      const value = valueAt(one, at);
      if (value === null) return nothing;
      return svg`<circle data-slot=${one.slot} data-id=${one.id} cx=${x} cy=${point(at, value)[1]} r="3.5"></circle>`;
    })}
  `;
}
