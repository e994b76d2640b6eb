import type { MetricsField } from '@corral/core';
import type { SimulatedHub } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { startMs } from '../metrics-panel/snapshots.fixture.js';
import { drawn, inside } from '../testing/frames.fixture.js';
import { timeText } from './chart-readout.js';
import type { ChartSeries } from './chart-series.js';
import './define.js';
import type { MetricsChart } from './metrics-chart.js';

export const line = (
  id: string,
  values: readonly (number | null)[],
  facts: Partial<ChartSeries> = {},
): ChartSeries => ({
  id,
  label: id,
  unit: '%',
  atMs: values.map((_, i) => startMs + i * 1000),
  values,
  ...facts,
});
export const ramp = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 100);
export const timeAt = (seconds: number): string => timeText(startMs + seconds * 1000);

export async function chart(series: readonly ChartSeries[]): Promise<MetricsChart> {
  const element = await fixture<MetricsChart>(html`<metrics-chart .series=${series}></metrics-chart>`);
  await drawn(4);
  return element;
}

export async function under(
  hub: SimulatedHub,
  field: MetricsField = 'cpuUtilization',
): Promise<MetricsChart> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><metrics-chart field=${field}></metrics-chart></corral-provider>`,
  );
  await drawn(4);
  return provider.querySelector('metrics-chart') as MetricsChart;
}

export const all = <E extends Element = HTMLElement>(element: Element, selector: string): E[] => [
  ...(element.shadowRoot?.querySelectorAll<E>(selector) ?? []),
];
export const texts = (element: Element, selector: string): string[] =>
  all(element, selector).map((one) => one.textContent.replace(/\s+/g, ' ').trim());
export const paths = (element: Element): string[] =>
  all(element, '.lines path').map((path) => path.getAttribute('d') ?? '');
export const buttonOf = (element: Element, text: string): HTMLButtonElement => {
  const found = all<HTMLButtonElement>(element, 'button').find((one) => one.textContent.trim() === text);
  if (!found) throw new Error(`Expected a button ${text}`);
  return found;
};

export async function press(element: MetricsChart, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    inside(element, '.plot').dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
    );
    await element.updateComplete;
  }
}
