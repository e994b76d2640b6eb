import '../model-sparkline/define.js';
import { ModelCard } from './model-card.js';

if (!customElements.get('model-card')) customElements.define('model-card', ModelCard);

declare global {
  interface HTMLElementTagNameMap {
    'model-card': ModelCard;
  }
}
