import { LlmRegistryTable } from './llm-registry-table.js';

if (!customElements.get('llm-registry-table')) customElements.define('llm-registry-table', LlmRegistryTable);

declare global {
  interface HTMLElementTagNameMap {
    'llm-registry-table': LlmRegistryTable;
  }
}
