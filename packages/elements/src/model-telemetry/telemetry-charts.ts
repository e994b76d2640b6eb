import type { ModelTelemetryEntry } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { priceText } from '../job-status/job-texts.js';
import { numberProperty } from '../resource-meter/number-property.js';
import { latencyText, providerColor } from './telemetry-texts.js';

interface ChartView {
  readonly title: string;
  readonly head: string;
  readonly valueOf: (entry: ModelTelemetryEntry) => number | null;
  readonly text: (value: number | null) => string;
}

const charts: readonly ChartView[] = [
  {
    title: 'Cost of 1M tokens in',
    head: 'US dollars',
    valueOf: ({ costPer1mInput }) => costPer1mInput,
    text: priceText,
  },
  {
    title: 'Average latency',
    head: 'Latency',
    valueOf: ({ avgLatencyMs }) => avgLatencyMs,
    text: latencyText,
  },
];

/** Bars beside each other's values. Each chart is a table, so that it is read as what it shows. */
export function renderCharts(entries: readonly ModelTelemetryEntry[]): TemplateResult {
  const providers = [...new Map(entries.map(({ provider }) => [provider, providerColor(provider)]))];
  return html`
    <div class="charts">${charts.map((chart) => renderChart(chart, entries))}</div>
    <ul class="legend" aria-label="Colours of the providers">
      ${providers.map(([provider, color]) => html`<li><span class="swatch" data-provider=${color}></span>${provider}</li>`)}
    </ul>
  `;
}

function renderChart(
  { title, head, valueOf, text }: ChartView,
  entries: readonly ModelTelemetryEntry[],
): TemplateResult {
  const most = Math.max(0, ...entries.map((entry) => valueOf(entry) ?? 0));
  const rows = entries.map((entry) => {
    const value = valueOf(entry);
    const share = value === null || most === 0 ? 0 : value / most;
    return html`
      <tr>
        <th scope="row" title=${`${entry.model} · ${entry.provider}`}>${entry.model}</th>
        <td class="bar">${value === null ? nothing : html`<span class="track" data-provider=${providerColor(entry.provider)}><span ${numberProperty('--_share', share)}></span></span>`}</td>
        <td class="value" ?data-unknown=${value === null}>${text(value)}</td>
      </tr>
    `;
  });
  return html`
    <div part="chart" class="chart">
      <table>
        <caption>${title}</caption>
        <colgroup><col class="names" /><col /><col class="values" /></colgroup>
        <thead class="unseen"><tr><th scope="col">Model</th><td></td><th scope="col">${head}</th></tr></thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}
