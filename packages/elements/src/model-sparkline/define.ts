import { ModelSparkline } from './model-sparkline.js';

if (!customElements.get('model-sparkline')) customElements.define('model-sparkline', ModelSparkline);

declare global {
  interface HTMLElementTagNameMap {
    'model-sparkline': ModelSparkline;
  }
}
