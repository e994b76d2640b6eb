import type { Job } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { renderAmount } from '../job-status/amount-bar.js';
import { jobBadgeView } from '../job-status/badge-view.js';
import { budgetView } from '../job-status/budget-view.js';
import { renderJobBadge } from '../job-status/job-badge.js';
import { renderJobLink } from '../job-status/job-link.js';
import { countedText, exactTimeText, progressText, shortId } from '../job-status/job-texts.js';
import { durationText } from '../number-text.js';

/** What a card is drawn from. */
export interface CardView {
  readonly job: Job;
  readonly jobHref: string;
  /** Seconds that it has run by now. */
  readonly elapsedS: number;
  readonly pending: string | undefined;
  readonly problem: string | undefined;
  readonly mayResume: boolean;
  readonly timeSince: (iso: string) => unknown;
  readonly resume: () => void;
}

/** A job that has not ended, as a card. */
export function renderCard(view: CardView): TemplateResult {
  const { job, jobHref, elapsedS } = view;
  const { sentence } = jobBadgeView(job);
  const { totalCost: spent, reservedUsd: reserved, budgetUsd: max, unpricedCalls } = job;
  const time = `${durationText(elapsedS)} of ${durationText(job.timeLimitS)}`;
  return html`
    <article part="card" aria-label=${job.projectDescription}>
      <header>
        <h3 title=${job.projectDescription}>${renderJobLink(job.jobId, jobHref, job.projectDescription)}</h3>
        ${renderJobBadge(job)}
      </header>
      ${sentence === '' ? nothing : html`<p class="why">${sentence}</p>`}
      <div class="amounts">
        ${renderAmount(budgetView({ spent, reserved, max, label: 'Cost' }))}
        ${renderAmount({ label: 'Time', text: time, share: job.timeLimitS > 0 ? elapsedS / job.timeLimitS : null })}
      </div>
      <footer>
        <span>${progressText(job)}</span>
        ${unpricedCalls === 0 ? nothing : html`<span class="unpriced">${countedText(unpricedCalls, 'unpriced call')}</span>`}
        <span class="age"><time datetime=${job.createdAt} title=${exactTimeText(job.createdAt)}>${view.timeSince(job.createdAt)}</time></span>
      </footer>
      ${job.status === 'interrupted' && view.mayResume ? renderResume(view) : nothing}
      ${view.problem === undefined ? nothing : html`<p class="problem" role="alert">${view.problem}</p>`}
    </article>
  `;
}

function renderResume({ job, pending, resume }: CardView): TemplateResult {
  const busy = pending === undefined ? 'false' : 'true';
  const caption = pending === undefined ? 'Resume' : 'Resuming';
  return html`<button class="start resume" type="button" aria-label=${`${caption} job ${shortId(job.jobId)}`} aria-busy=${busy} aria-disabled=${busy} @click=${resume}>${caption.toUpperCase()}</button>`;
}
