import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { readingTimes, timeText, valueAt, valueText } from './chart-readout.js';
import type { ChartSeries, Range } from './chart-series.js';

const rowsOfPage = 20;

/**
 * The readings of a chart as a table, newest first, a page at a time. The first page follows what comes; the others
 * stand still, so that nobody reads a row that moves away.
 */
export class ReadingsTable implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #page = 0;
  /** The newest time that is counted while an older page is read. */
  #endMs = Infinity;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.reset();
  }

  /** Goes back to the newest readings. */
  reset(): void {
    this.#page = 0;
    this.#endMs = Infinity;
  }

  /** @param caption what the numbers are */
  render(series: readonly ChartSeries[], span: Range, caption: string): TemplateResult {
    const times = readingTimes(series, { from: span.from, to: Math.min(span.to, this.#endMs) }).toReversed();
    const pages = Math.max(1, Math.ceil(times.length / rowsOfPage));
    const page = Math.min(this.#page, pages - 1);
    const rows = times.slice(page * rowsOfPage, (page + 1) * rowsOfPage);
    const turn = (by: number) => (): void => {
      if (page + by < 0 || page + by >= pages) return;
      this.#page = page + by;
      this.#endMs = this.#page === 0 ? Infinity : Math.min(this.#endMs, times[0] ?? Infinity);
      this.#host.requestUpdate();
    };
    const button = (text: string, by: number): TemplateResult => html`
      <button class="quiet" type="button" aria-disabled=${page + by < 0 || page + by >= pages ? 'true' : 'false'} @click=${turn(by)}>${text}</button>
    `;
    return html`
      <div class="rows" role="region" tabindex="0" aria-label=${`Readings of ${caption}`}>
        <table part="table">
          <caption>${caption}</caption>
          <thead>
            <tr><th scope="col">Time</th>${series.map(({ label }) => html`<th scope="col" title=${label}>${label}</th>`)}</tr>
          </thead>
          <tbody>
            ${rows.map(
              (at) => html`
                <tr>
                  <th scope="row">${timeText(at)}</th>
                  ${series.map((one) => html`<td>${valueText(one, valueAt(one, at))}</td>`)}
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      <div class="pages">
        ${button('NEWER', -1)}
        <span role="status">Page ${page + 1} of ${pages}</span>
        ${button('OLDER', 1)}
      </div>
    `;
  }
}
