import { EndpointList } from './endpoint-list.js';

if (!customElements.get('endpoint-list')) customElements.define('endpoint-list', EndpointList);

declare global {
  interface HTMLElementTagNameMap {
    'endpoint-list': EndpointList;
  }
}
