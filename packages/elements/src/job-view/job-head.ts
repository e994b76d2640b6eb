import type { Job } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { renderAmount } from '../job-status/amount-bar.js';
import { jobBadgeView } from '../job-status/badge-view.js';
import { budgetView } from '../job-status/budget-view.js';
import { renderJobBadge } from '../job-status/job-badge.js';
import {
  countedText,
  countText,
  exactTimeText,
  progressText,
  scoreText,
  taskProgress,
} from '../job-status/job-texts.js';
import { durationText } from '../number-text.js';

/** From here on a description is too long for a heading. */
const headingLength = 160;

/** Whose words these are: what a person reads first of a job. */
export function renderTitle(job: Job): TemplateResult {
  const { projectDescription: text } = job;
  const isLong = text.length > headingLength || text.trim().includes('\n');
  return html`
    <div class="title">
      <h3 dir="auto">${isLong ? `${text.trim().replace(/\s+/g, ' ').slice(0, headingLength)}…` : text}</h3>
      ${renderJobBadge(job)}
    </div>
    ${isLong ? html`<details class="whole"><summary>Whole description</summary><pre role="region" tabindex="0" dir="auto" aria-label="Whole description">${text}</pre></details>` : nothing}
  `;
}

/** Why it stands as it does; said aloud when it changes. */
export function renderSentence(job: Job): TemplateResult {
  const { label, sentence } = jobBadgeView(job);
  return html`
    <p class="sentence" data-tone=${jobBadgeView(job).tone} ?hidden=${sentence === ''}>${sentence}</p>
    <p class="unseen" role="status">${`${label}. ${sentence}`}</p>
  `;
}

/** How much of each limit is used. @param elapsedS seconds that it has run by now */
export function renderAmounts(job: Job, elapsedS: number): TemplateResult {
  const {
    totalCost: spent,
    reservedUsd: reserved,
    budgetUsd: max,
    budgetTokens,
    totalTokens,
    timeLimitS,
  } = job;
  const { total, finished } = taskProgress(job);
  const tokensText =
    budgetTokens === null
      ? countText(totalTokens)
      : `${countText(totalTokens)} of ${countText(budgetTokens)}`;
  return html`
    <div part="amounts" class="amounts">
      ${renderAmount(budgetView({ spent, reserved, max, label: 'Budget' }))}
      ${renderAmount({
        label: 'Time',
        text: `${durationText(elapsedS)} of ${durationText(timeLimitS)}`,
        share: timeLimitS > 0 ? elapsedS / timeLimitS : null,
      })}
      <div class="progress">${renderAmount({ label: 'Tasks', text: progressText(job), share: total > 0 ? finished / total : null })}</div>
      ${budgetTokens === null ? nothing : renderAmount({ label: 'Tokens', text: tokensText, share: budgetTokens > 0 ? totalTokens / budgetTokens : null })}
    </div>
    ${job.unpricedCalls === 0 ? nothing : html`<p class="unpriced">${countedText(job.unpricedCalls, 'call')} with no known price ${job.unpricedCalls === 1 ? 'is' : 'are'} not in the cost.</p>`}
  `;
}

/** What else is known of a job. */
export function renderFacts(job: Job, timeSince: (iso: string) => unknown): TemplateResult {
  return html`
    <dl part="facts">
      ${moment('Created', job.createdAt, timeSince)}
      ${job.endedAt === null ? fact('Ended', 'Not yet') : moment('Ended', job.endedAt, timeSince)}
      ${job.budgetTokens === null ? fact('Tokens', countText(job.totalTokens)) : nothing}
      ${fact('Model', job.model ?? 'Any')}
      ${fact('At once', countedText(job.concurrency, 'task'))}
      ${fact('Iterations', `up to ${countText(job.maxIterations)}, to a score of ${scoreText(job.targetScore)}`)}
      ${job.labels.length === 0 ? nothing : fact('Labels', job.labels.join(', '))}
    </dl>
  `;
}

/** What a good result fulfils. */
export function renderCriteria({ successCriteria }: Job): TemplateResult | typeof nothing {
  if (successCriteria.length === 0) return nothing;
  return html`
    <details class="criteria" ?open=${successCriteria.length <= 5}>
      <summary>${successCriteria.length === 1 ? 'Success criterion' : `Success criteria (${countText(successCriteria.length)})`}</summary>
      <ul>${successCriteria.map((criterion) => html`<li dir="auto">${criterion}</li>`)}</ul>
    </details>
  `;
}

function fact(label: string, text: string): TemplateResult {
  return html`<div><dt>${label}</dt><dd dir="auto">${text}</dd></div>`;
}

function moment(label: string, iso: string, timeSince: (iso: string) => unknown): TemplateResult {
  return html`<div><dt>${label}</dt><dd title=${exactTimeText(iso)}><time datetime=${iso}>${timeSince(iso)}</time></dd></div>`;
}
