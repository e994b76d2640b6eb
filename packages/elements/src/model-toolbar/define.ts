import { ModelToolbar } from './model-toolbar.js';

if (!customElements.get('model-toolbar')) customElements.define('model-toolbar', ModelToolbar);

declare global {
  interface HTMLElementTagNameMap {
    'model-toolbar': ModelToolbar;
  }
}
