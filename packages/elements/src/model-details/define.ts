import { ModelDetailsPanel } from './model-details.js';

if (!customElements.get('model-details')) customElements.define('model-details', ModelDetailsPanel);

declare global {
  interface HTMLElementTagNameMap {
    'model-details': ModelDetailsPanel;
  }
}
