import { ModelSettingsForm } from './model-settings.js';

if (!customElements.get('model-settings')) customElements.define('model-settings', ModelSettingsForm);

declare global {
  interface HTMLElementTagNameMap {
    'model-settings': ModelSettingsForm;
  }
}
