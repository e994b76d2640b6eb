import type { Job, JobTask } from '@corral/core';
import { css, html, type TemplateResult } from 'lit';
import { type BadgeView, jobBadgeView, taskBadgeView } from './badge-view.js';

/** The looks of a badge, alike wherever jobs and tasks are shown. */
export const badgeStyles = css`
  .badge {
    --_tone: var(--_idle);
    flex: none;
    display: inline-flex;
    align-items: center;
    gap: 5px;
    padding: 1px 7px;
    border: 1px solid currentcolor;
    border-radius: 2px;
    font-size: 11px;
    font-weight: 700;
    line-height: 1.5;
    letter-spacing: 0.06em;
    text-transform: uppercase;
    white-space: nowrap;
    color: var(--_tone);
  }
  .badge[data-tone='ok'] {
    --_tone: var(--_ok);
  }
  .badge[data-tone='busy'] {
    --_tone: var(--_tokens);
  }
  .badge[data-tone='warn'] {
    --_tone: var(--_warn);
  }
  .badge[data-tone='danger'] {
    --_tone: var(--_danger);
  }
  .badge-mark {
    width: 1em;
    text-align: center;
    letter-spacing: 0;
  }
  .badge[data-tone='busy'] .badge-mark {
    animation: badge-busy 2s ease-in-out infinite;
  }
  @keyframes badge-busy {
    50% {
      opacity: 0.35;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .badge[data-tone='busy'] .badge-mark {
      animation: none;
    }
  }
`;

function renderBadge({ label, tone, mark, sentence }: BadgeView): TemplateResult {
  return html`<span part="status" class="badge" data-tone=${tone} title=${sentence}><span class="badge-mark" aria-hidden="true">${mark}</span>${label}</span>`;
}

/** The badge of a job: its word, its colour and a mark. Needs {@link badgeStyles}. */
export function renderJobBadge(job: Pick<Job, 'status' | 'statusReason'>): TemplateResult {
  return renderBadge(jobBadgeView(job));
}

/** The badge of a task. Needs {@link badgeStyles}. */
export function renderTaskBadge({
  status,
  failureCode,
}: Pick<JobTask, 'status' | 'failureCode'>): TemplateResult {
  return renderBadge(taskBadgeView(status, failureCode));
}
