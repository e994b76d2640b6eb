import { CorralProvider } from './corral-provider.js';

if (!customElements.get('corral-provider')) customElements.define('corral-provider', CorralProvider);

declare global {
  interface HTMLElementTagNameMap {
    'corral-provider': CorralProvider;
  }
}
