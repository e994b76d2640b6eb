import '../model-card/define.js';
import { ModelGrid } from './model-grid.js';

if (!customElements.get('model-grid')) customElements.define('model-grid', ModelGrid);

declare global {
  interface HTMLElementTagNameMap {
    'model-grid': ModelGrid;
  }
}
