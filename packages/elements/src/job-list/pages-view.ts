import { html, nothing, type TemplateResult } from 'lit';
import { countText } from '../job-status/job-texts.js';

/** Where someone is in the pages of a list. */
export interface PagesView {
  /** From 0. */
  readonly page: number;
  readonly pageSize: number;
  /** How many jobs there are on all pages. */
  readonly total: number;
  readonly hasNext: boolean;
  readonly turn: (by: 1 | -1) => void;
}

/** The buttons that turn the pages; nothing when there is only one. */
export function renderPages({
  page,
  pageSize,
  total,
  hasNext,
  turn,
}: PagesView): TemplateResult | typeof nothing {
  if (page === 0 && !hasNext) return nothing;
  const count = Math.max(page + 1, Math.ceil(total / pageSize));
  return html`
    <nav part="pages" class="pages" aria-label="Pages of jobs">
      <button class="quiet previous" type="button" aria-disabled=${page === 0 ? 'true' : 'false'} @click=${() => turn(-1)}>PREVIOUS</button>
      <span class="page" role="status">Page ${countText(page + 1)} of ${countText(count)} · ${countText(total)} jobs</span>
      <button class="quiet next" type="button" aria-disabled=${hasNext ? 'false' : 'true'} @click=${() => turn(1)}>NEXT</button>
    </nav>
  `;
}
