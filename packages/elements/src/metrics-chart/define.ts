import { MetricsChart } from './metrics-chart.js';

if (!customElements.get('metrics-chart')) customElements.define('metrics-chart', MetricsChart);

declare global {
  interface HTMLElementTagNameMap {
    'metrics-chart': MetricsChart;
  }
}
