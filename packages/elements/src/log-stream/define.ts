import { LogStream } from './log-stream.js';

if (!customElements.get('log-stream')) customElements.define('log-stream', LogStream);

declare global {
  interface HTMLElementTagNameMap {
    'log-stream': LogStream;
  }
}
