import { MetricsPanel } from './metrics-panel.js';

if (!customElements.get('metrics-panel')) customElements.define('metrics-panel', MetricsPanel);

declare global {
  interface HTMLElementTagNameMap {
    'metrics-panel': MetricsPanel;
  }
}
