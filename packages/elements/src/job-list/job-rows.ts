import type { Job } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { jobBadgeView } from '../job-status/badge-view.js';
import { renderJobBadge } from '../job-status/job-badge.js';
import { renderJobLink } from '../job-status/job-link.js';
import { costText, countedText, exactTimeText, shortId } from '../job-status/job-texts.js';

/** What a row is drawn from. */
export interface RowView {
  readonly job: Job;
  readonly jobHref: string;
  readonly number: number;
  readonly pending: string | undefined;
  readonly problem: string | undefined;
  /** Whether there are buttons. */
  readonly mayOperate: boolean;
  /** What is asked before it is deleted; `undefined` when nothing is. */
  readonly question: TemplateResult | undefined;
  readonly timeSince: (iso: string) => unknown;
  readonly copy: () => void;
  readonly resume: () => void;
  readonly askToDelete: () => void;
}

const columns = ['Job', 'Description', 'Status', 'Cost', 'Ended'] as const;

/** The heads of the columns. */
export function renderHeads(mayOperate: boolean): TemplateResult {
  return html`
    <thead>
      <tr role="row">
        ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
        ${mayOperate ? html`<th role="columnheader" scope="col"><span class="unseen">Actions</span></th>` : nothing}
      </tr>
    </thead>
  `;
}

/** A job that has ended, as a row. */
export function renderRow(view: RowView): TemplateResult {
  const { job, mayOperate, question, timeSince } = view;
  const { jobId, totalCost, unpricedCalls, endedAt, createdAt } = job;
  const { sentence } = jobBadgeView(job);
  const at = endedAt ?? createdAt;
  return html`
    <tr part="row" role="row" data-status=${job.status}>
      <td role="cell" class="id" data-label="Job">
        <button class="copy-id" type="button" title=${`${jobId}: press to copy`} aria-label=${`${shortId(jobId)} Copy the id ${jobId}`} @click=${view.copy}>${shortId(jobId)}</button>
      </td>
      <th role="rowheader" scope="row" class="description" title=${job.projectDescription}>${renderJobLink(jobId, view.jobHref, job.projectDescription)}</th>
      <td role="cell" class="status" data-label="Status">
        ${renderJobBadge(job)}
        ${sentence === '' ? nothing : html`<span class="more-words">${sentence}</span>`}
      </td>
      <td role="cell" class="cost" data-label="Cost">
        <span class=${totalCost === null ? 'unknown' : ''}>${costText(totalCost)}</span>
        ${unpricedCalls === 0 ? nothing : html`<span class="more-words">${countedText(unpricedCalls, 'unpriced call')}</span>`}
      </td>
      <td role="cell" class="ended" data-label="Ended"><time datetime=${at} title=${exactTimeText(at)}>${timeSince(at)}</time></td>
      ${mayOperate ? html`<td role="cell" class="actions" ?data-asking=${question !== undefined}>${question ?? renderButtons(view)}${renderProblem(view.problem)}</td>` : nothing}
    </tr>
  `;
}

function renderButtons({ job, number, pending, resume, askToDelete }: RowView): TemplateResult {
  const off = pending === undefined ? 'false' : 'true';
  const busy = (wish: string): string => (pending === wish ? 'true' : 'false');
  const resumeText = pending === 'resume' ? 'Resuming' : 'Resume';
  const deleteText = pending === 'delete' ? 'Deleting' : 'Delete';
  const of = `job ${shortId(job.jobId)}`;
  return html`
    <div class="buttons">
      ${job.status === 'done' ? nothing : html`<button class="start resume" type="button" title=${hintOf(job)} aria-label=${`${resumeText} ${of}`} aria-busy=${busy('resume')} aria-disabled=${off} @click=${resume}>${resumeText.toUpperCase()}</button>`}
      <button class="stop delete delete-${number}" type="button" aria-label=${`${deleteText} ${of}`} aria-busy=${busy('delete')} aria-disabled=${off} @click=${askToDelete}>${deleteText.toUpperCase()}</button>
    </div>
  `;
}

function renderProblem(problem: string | undefined): TemplateResult {
  return html`<div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>`;
}

/** A job whose limit is used up ends again at once, unless the limit is raised. */
function hintOf({ statusReason }: Job): string {
  if (statusReason === 'budget_exhausted') return 'Its budget is spent: open the job to raise it';
  if (statusReason === 'time_limit') return 'Its time is up: open the job to raise its limit';
  return 'Run what is unfinished';
}
