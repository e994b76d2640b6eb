import { TaskCard } from './task-card.js';

if (!customElements.get('task-card')) customElements.define('task-card', TaskCard);

declare global {
  interface HTMLElementTagNameMap {
    'task-card': TaskCard;
  }
}
