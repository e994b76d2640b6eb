import { html, type TemplateResult } from 'lit';
import { timeText, valueAt, valueText } from './chart-readout.js';
import type { DrawnSeries } from './chart-series.js';

/** A piece of the line: without colours, its dashes tell it from the others. */
const swatch = html`<svg class="swatch" viewBox="0 0 18 12" aria-hidden="true"><path d="M0 6h18"></path></svg>`;

/** The names of the lines with their newest values; pressing one hides its line, or shows it again. */
export function renderLegend(
  series: readonly DrawnSeries[],
  hidden: ReadonlySet<string>,
  toggle: (id: string) => void,
): TemplateResult {
  return html`
    <ul part="legend" class="legend" aria-label="Lines">
      ${series.map(
        (one) => html`
          <li>
            <button
              type="button"
              title=${one.label}
              data-slot=${one.slot}
              data-id=${one.id}
              aria-pressed=${hidden.has(one.id) ? 'false' : 'true'}
              @click=${() => toggle(one.id)}
            >
              ${swatch}
              <span class="name">${one.label}</span>
              <b>${valueText(one, one.values[one.atMs.length - 1] ?? null)}</b>
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}

/** What every line says at the cursor; for the eye, a live region says it in words. */
export function renderReadout(series: readonly DrawnSeries[], at: number, isLate: boolean): TemplateResult {
  return html`
    <div class="readout" aria-hidden="true" data-side=${isLate ? 'before' : 'after'}>
      <p>${timeText(at)}</p>
      ${series.map(
        (one) => html`
          <div data-slot=${one.slot} data-id=${one.id}>
            ${swatch}
            <span class="name">${one.label}</span>
            <b>${valueText(one, valueAt(one, at))}</b>
          </div>
        `,
      )}
    </div>
  `;
}
