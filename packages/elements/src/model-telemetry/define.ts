import { ModelTelemetryPanel } from './model-telemetry.js';

if (!customElements.get('model-telemetry')) customElements.define('model-telemetry', ModelTelemetryPanel);

declare global {
  interface HTMLElementTagNameMap {
    'model-telemetry': ModelTelemetryPanel;
  }
}
