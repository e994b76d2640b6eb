import { css, html, type TemplateResult } from 'lit';
import { JobOpenEvent } from '../events/job-events.js';

/** An address that leads to a web page; `undefined` for an empty one, and for one that leads to anything else. */
export function safeHref(href: string): string | undefined {
  if (href === '' || !URL.canParse(href, document.baseURI)) return undefined;
  const { protocol } = new URL(href, document.baseURI);
  // A page in a file links to itself, too.
  const isSafe =
    protocol === 'http:' || protocol === 'https:' || protocol === new URL(document.baseURI).protocol;
  return isSafe ? href : undefined;
}

/** Where a job is to be looked at: the pattern with the id in place of `{id}`, as far as it is a {@link safeHref}. */
export function jobHref(pattern: string, jobId: string): string | undefined {
  return safeHref(pattern.replaceAll('{id}', () => encodeURIComponent(jobId)));
}

/** Leads to a job: a link where there is a pattern, else a button that announces `job-open`. */
export function renderJobLink(jobId: string, pattern: string, text: string): TemplateResult {
  const href = jobHref(pattern, jobId);
  // Lines are cut off in a box of its own: a button is none that can do that.
  const content = html`<span class="job-link-text" dir="auto">${text}</span>`;
  if (href !== undefined) return html`<a class="job-link" href=${href}>${content}</a>`;
  const open = (event: Event): void => void event.currentTarget?.dispatchEvent(new JobOpenEvent(jobId));
  return html`<button class="job-link" type="button" @click=${open}>${content}</button>`;
}

/** The looks of a way to a job. */
export const jobLinkStyles = css`
  .job-link {
    --_action: var(--_accent);
    display: inline-block;
    vertical-align: top;
    max-width: 100%;
    min-height: 0;
    padding: 0;
    border: 0;
    border-radius: 1px;
    font: inherit;
    letter-spacing: 0;
    text-align: start;
    color: var(--_accent);
    text-decoration: underline;
    text-decoration-color: color-mix(in srgb, currentcolor 45%, transparent);
    text-underline-offset: 2px;
    overflow-wrap: anywhere;
  }
  .job-link:hover {
    text-decoration-color: currentcolor;
  }
  button.job-link:hover:not(:disabled, [aria-disabled='true']) {
    background: none;
  }
  .job-link:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .job-link-text {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: var(--_lines, 2);
    overflow: hidden;
    unicode-bidi: isolate;
  }
`;
