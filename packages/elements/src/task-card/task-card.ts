import { isFinished, type JobTask, type JobTaskResult } from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { Copying } from '../job-status/copying.js';
import { badgeStyles, renderTaskBadge } from '../job-status/job-badge.js';
import { costText, countText, failureText, scoreText, unknownText } from '../job-status/job-texts.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { taskCardStyles } from './task-card.styles.js';

/**
 * One task of a job: how it is, what it scored and cost, and, when somebody opens it, what it was asked and what came of
 * it, as text.
 *
 * @summary One task of a job.
 *
 * @csspart card - The card.
 * @csspart status - The badge.
 * @csspart facts - Score, cost and the other facts.
 * @csspart prompt - What it was asked.
 * @csspart result - What came of it.
 */
export class TaskCard extends LitElement {
  static override styles = [tokens, controls, badgeStyles, taskCardStyles];

  /** The task. */
  @property({ attribute: false }) task: JobTask | undefined;

  /** Asks for what it was asked and what came of it, when somebody opens it. Without it there is nothing to open. */
  @property({ attribute: false }) loadResult: (() => Promise<JobTaskResult>) | undefined;

  /** Whether what it was asked and what came of it is shown. */
  @property({ type: Boolean, reflect: true, attribute: 'open' }) isOpen = false;
  @state() private result: JobTaskResult | undefined;
  @state() private problem: string | undefined;

  readonly #copying = new Copying(this);
  #asked = 0;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('task')) return;
    const before = changed.get('task');
    if (before && before.taskId !== this.task?.taskId) this.#close();
    // What was loaded is old as soon as the task has come further.
    else if (this.isOpen && before && placeOf(before) !== placeOf(this.task)) void this.#load();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { task } = this;
    if (!task) return nothing;
    return html`
      <article part="card" aria-label=${task.title}>
        <header>
          <h4 title=${task.title} dir="auto">${task.title}</h4>
          ${renderTaskBadge(task)}
        </header>
        ${task.failureCode === null ? nothing : html`<p class="failure">${failureText(task.failureCode)}</p>`}
        <dl part="facts">
          ${fact('Score', scoreText(task.score), task.score === null)}
          ${fact('Cost', costText(task.costUsd), task.costUsd === null)}
          ${fact('Iterations', countText(task.iterations))}
          ${task.attempt > 1 ? fact('Attempt', countText(task.attempt)) : nothing}
          <div class="model"><dt>Model</dt><dd dir="auto" ?data-unknown=${task.model === null}>${task.model ?? unknownText}</dd></div>
        </dl>
        ${this.loadResult ? this.#renderDetails(task) : nothing}
      </article>
    `;
  }

  #renderDetails(task: JobTask): TemplateResult {
    const { isOpen } = this;
    const caption = isOpen ? 'Hide details' : isFinished(task.status) ? 'Show result' : 'Show prompt';
    return html`
      <button class="open quiet" type="button" aria-expanded=${isOpen ? 'true' : 'false'} aria-label=${`${caption} of ${task.title}`} @click=${this.#toggle}>${caption.toUpperCase()}</button>
      ${isOpen ? html`<div class="details">${this.#renderResult(task)}</div>` : nothing}
    `;
  }

  #renderResult(task: JobTask): TemplateResult {
    const { result, problem } = this;
    if (problem !== undefined)
      return html`
        <p class="problem" role="alert">${problem}</p>
        <button class="again" type="button" @click=${() => void this.#load()}>TRY AGAIN</button>
      `;
    if (!result) return html`<p class="quiet-text" role="status">Asking…</p>`;
    const { prompt, output } = result;
    const copy = (): void => void this.#copying.copy(output ?? prompt);
    return html`
      ${output === null ? html`<p class="quiet-text">No result yet.</p>` : this.#renderText('Result', 'result', output, task)}
      ${this.#renderText('Prompt', 'prompt', prompt, task)}
      <div class="copy-row">
        <button class="copy quiet" type="button" @click=${copy}>${output === null ? 'COPY PROMPT' : 'COPY RESULT'}</button>
        <span role="status">${this.#copying.said}</span>
      </div>
    `;
  }

  #renderText(head: string, part: 'result' | 'prompt', text: string, { title }: JobTask): TemplateResult {
    return html`
      <h5>${head}</h5>
      <pre part=${part} role="region" tabindex="0" dir="auto" aria-label=${`${head} of ${title}`}>${text}</pre>
    `;
  }

  readonly #toggle = (): void => {
    if (this.isOpen) {
      this.#close();
      return;
    }
    this.isOpen = true;
    void this.#load();
  };

  #close(): void {
    this.#asked += 1;
    this.isOpen = false;
    this.result = undefined;
    this.problem = undefined;
    this.#copying.said = '';
  }

  /** The last question counts: its answer is what is shown, whichever comes last. */
  async #load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.problem = undefined;
    this.#copying.said = '';
    let result: JobTaskResult | undefined;
    let problem: string | undefined;
    try {
      result = await this.loadResult?.();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (asked !== this.#asked) return;
    this.result = result ?? this.result;
    this.problem = problem;
  }
}

function fact(label: string, text: string, isUnknown = false): TemplateResult {
  return html`<div><dt>${label}</dt><dd ?data-unknown=${isUnknown}>${text}</dd></div>`;
}

/** How far a task is: what it is asked and what came of it stay the same as long as this does. */
function placeOf(task: JobTask | undefined): string {
  return task ? `${task.status} ${task.attempt} ${task.iterations}` : '';
}
