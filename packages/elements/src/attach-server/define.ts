import { AttachServer } from './attach-server.js';

if (!customElements.get('attach-server')) customElements.define('attach-server', AttachServer);

declare global {
  interface HTMLElementTagNameMap {
    'attach-server': AttachServer;
  }
}
