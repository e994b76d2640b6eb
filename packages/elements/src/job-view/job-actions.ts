import type { Job, JobRaise, JobStatus } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import { html, nothing, type TemplateResult } from 'lit';
import { ConfirmController } from '../confirm-controller.js';
import { JobCancelEvent, JobDeleteEvent, JobResumeEvent } from '../events/job-events.js';
import { IntentController } from '../intent-controller.js';
import { RaiseFields } from './raise-fields.js';

const cancellable: readonly JobStatus[] = ['pending', 'running', 'interrupted'];
const resumable: readonly JobStatus[] = ['interrupted', 'failed', 'cancelled'];

/** What can be done with a job, and what came of it. */
export class JobActions {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #intents: IntentController;
  readonly #confirm: ConfirmController;
  readonly #raise: RaiseFields;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    this.#intents = new IntentController(host);
    this.#confirm = new ConfirmController(host);
    this.#raise = new RaiseFields(host, this.#intents);
  }

  /** Another job is shown: what was said of the last one is old. */
  reset(): void {
    this.#confirm.about = undefined;
    this.#raise.reset();
    this.#intents.forget();
  }

  render(job: Job): TemplateResult {
    return html`
      <div part="actions" class="actions" role="group" aria-label="What can be done with this job" tabindex="-1">
        ${resumable.includes(job.status) ? this.#renderResume(job) : nothing}
        ${cancellable.includes(job.status) ? this.#button('cancel-job stop', 'cancel', ['CANCEL', 'CANCELLING'], () => void this.#ask('cancel', new JobCancelEvent(job.jobId))) : nothing}
        ${this.#renderDelete(job)}
      </div>
    `;
  }

  /** Why the last wish was refused. */
  renderProblem(): TemplateResult {
    const { problem } = this.#intents;
    return html`<div role="alert">${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}</div>`;
  }

  #renderResume(job: Job): TemplateResult {
    const resume = (raise: JobRaise): void => void this.#ask('resume', new JobResumeEvent(job.jobId, raise));
    const asksFor = this.#raise.namesFor(job);
    if (asksFor.length === 0)
      return this.#button('start', 'resume', ['RESUME', 'RESUMING'], () => resume({}));
    const submit = (event: Event): void => {
      event.preventDefault();
      const raise = this.#raise.checked(job);
      if (raise) resume(raise);
    };
    return html`
      <form class="raise" novalidate aria-label="Resume with greater limits" @submit=${submit}>
        ${this.#raise.render(job)}
        ${this.#button('start', 'resume', ['RESUME', 'RESUMING'], undefined, 'submit')}
      </form>
    `;
  }

  #renderDelete({ jobId, status }: Job): TemplateResult {
    if (this.#confirm.about !== 'delete')
      return this.#button('delete danger', 'delete', ['DELETE', 'DELETING'], () =>
        this.#confirm.open('delete'),
      );
    return this.#confirm.render({
      question: cancellable.includes(status)
        ? 'Cancel this job and delete it with its results?'
        : 'Delete this job with its results?',
      yes: 'DELETE',
      // CANCEL would be taken for what it does to a job.
      no: 'KEEP',
      onYes: () => void this.#ask('delete', new JobDeleteEvent(jobId)),
    });
  }

  #button(
    style: string,
    name: string,
    [caption, busy]: readonly [string, string],
    press: (() => void) | undefined,
    type: 'button' | 'submit' = 'button',
  ): TemplateResult {
    const { pending } = this.#intents;
    return html`<button class=${style} type=${type} aria-disabled=${pending === undefined ? 'false' : 'true'} @click=${pending === undefined ? press : undefined}>${pending === name ? busy : caption}</button>`;
  }

  async #ask(name: string, intent: JobCancelEvent | JobResumeEvent | JobDeleteEvent): Promise<void> {
    const answer = await this.#intents.ask(name, intent);
    if (answer && name === 'resume') this.#raise.reset();
    this.#host.requestUpdate();
  }
}
