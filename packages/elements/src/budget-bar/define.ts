import { BudgetBar } from './budget-bar.js';

if (!customElements.get('budget-bar')) customElements.define('budget-bar', BudgetBar);

declare global {
  interface HTMLElementTagNameMap {
    'budget-bar': BudgetBar;
  }
}
