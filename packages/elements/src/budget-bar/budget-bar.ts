import { css, html, LitElement, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { amountBarStyles, renderAmount } from '../job-status/amount-bar.js';
import { budgetView } from '../job-status/budget-view.js';
import { tokens } from '../theme/tokens.js';

/**
 * What was spent of a budget, and what is set aside for calls that are under way. What nobody knows is called unknown,
 * and is never nothing.
 *
 * @summary What was spent of a budget.
 *
 * @csspart bar - The bar.
 * @csspart spent - What is filled of it.
 * @csspart reserved - What is hatched of it: set aside for calls that are under way.
 * @csspart text - The amounts.
 */
export class BudgetBar extends LitElement {
  static override styles = [
    tokens,
    amountBarStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
    `,
  ];

  /** US dollars that were spent; `null`: unknown. */
  @property({ type: Number }) spent: number | null = null;

  /** US dollars that are set aside for calls that are under way. */
  @property({ type: Number }) reserved = 0;

  /** US dollars that may be spent; `null`: no limit. */
  @property({ type: Number }) max: number | null = null;

  /** What the budget is called. */
  @property() label = 'Budget';

  protected override render(): TemplateResult {
    return html`${renderAmount(budgetView(this))}`;
  }
}
