import type { AmountView } from './amount-bar.js';
import { budgetText, costText } from './job-texts.js';

/** What there is of a budget, in US dollars. */
export interface BudgetFacts {
  /** `null`: unknown. */
  readonly spent: number | null;
  readonly reserved: number;
  /** `null`: no limit. */
  readonly max: number | null;
  readonly label: string;
}

/** What is said of a budget. What is no amount counts as unknown. */
export function budgetView({ spent, reserved, max, label }: BudgetFacts): AmountView {
  const known = amountOf(spent);
  const limit = amountOf(max);
  const aside = amountOf(reserved) ?? 0;
  const spentText = known === null ? 'unknown' : costText(known);
  const text = limit === null ? spentText : `${spentText} of ${budgetText(limit)}`;
  const over =
    known !== null && limit !== null && known > limit ? `, over by ${costText(known - limit)}` : '';
  const asideText = aside > 0 ? `, ${costText(aside)} set aside` : '';
  const hasLimit = limit !== null && limit > 0;
  return {
    label,
    text: `${text}${over}`,
    words: `${text}${over}${asideText}`,
    share: hasLimit ? shareOf(known, limit) : undefined,
    reserved: hasLimit ? aside / limit : 0,
  };
}

function shareOf(known: number | null, limit: number): number | null {
  return known === null ? null : known / limit;
}

/** Attributes may say anything. */
function amountOf(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
