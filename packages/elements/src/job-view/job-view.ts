import {
  type HubFace,
  hasEnded,
  type Job,
  type JobEvent,
  type JobTask,
  type JobTaskResult,
  mayDo,
  type Unsubscribe,
} from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { amountBarStyles } from '../job-status/amount-bar.js';
import { Copying } from '../job-status/copying.js';
import { EachSecond } from '../job-status/each-second.js';
import { badgeStyles } from '../job-status/job-badge.js';
import { shortId } from '../job-status/job-texts.js';
import { RunningTime } from '../job-status/running-time.js';
import { LogStream } from '../log-stream/log-stream.js';
import { RelativeTimes } from '../relative-time.js';
import { TaskCard } from '../task-card/task-card.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { EventRecord } from './event-record.js';
import { FollowedJob } from './followed-job.js';
import { JobActions } from './job-actions.js';
import { renderAmounts, renderCriteria, renderFacts, renderSentence, renderTitle } from './job-head.js';
import { JobTasks, renderNoTasks } from './job-tasks.js';
import { jobViewStyles } from './job-view.styles.js';

/**
 * One job: how it stands, what is used of its limits, its tasks, and its log as it goes on. It can be cancelled, resumed
 * and deleted; one that ran into a limit asks for a greater one.
 *
 * Under a provider it follows the job of `job-id` for as long as it is in the page. `job` wins, with `tasks` and `events`.
 *
 * @summary One job, live.
 *
 * @fires {JobCancelEvent} job-cancel - Someone pressed CANCEL.
 * @fires {JobResumeEvent} job-resume - Someone pressed RESUME; it carries the limits that they raised.
 * @fires {JobDeleteEvent} job-delete - Someone pressed DELETE, and said yes.
 *
 * @csspart actions - The buttons.
 * @csspart status - The badge.
 * @csspart amounts - The bars of its limits.
 * @csspart facts - What else is known of it.
 * @csspart tasks - The cards of its tasks.
 *
 * @cssproperty [--corral-log-height=320px] - Height of the log.
 */
export class JobView extends LitElement implements Drawable {
  static override styles = [tokens, controls, badgeStyles, amountBarStyles, jobViewStyles];

  /** What the log is made of. */
  static logClass: new () => LogStream = LogStream;
  /** What the tasks are made of. */
  static taskClass: new () => TaskCard = TaskCard;

  /** The job of the provider's hub that is shown. */
  @property({ attribute: 'job-id' }) jobId: string | undefined;

  /** The job; wins over the provider. */
  @property({ attribute: false }) job: Job | undefined;

  /** The tasks of `job`. Default: those of `events`. */
  @property({ attribute: false }) tasks: readonly JobTask[] | undefined;

  /** What happened in `job`. A longer array adds to what is shown. */
  @property({ attribute: false }) events: readonly JobEvent[] | undefined;

  /** Whether nothing can be done with it here. */
  @property({ type: Boolean, reflect: true, attribute: 'read-only' }) readOnly = false;

  readonly #followed = new FollowedJob(() => this.#redraw());
  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.#follow(),
    needsHub: () => this.job === undefined,
  });
  readonly #given = new EventRecord();
  readonly #actions = new JobActions(this);
  readonly #copying = new Copying(this);
  readonly #times = new RelativeTimes(this);
  readonly #seconds = new EachSecond(this);
  readonly #running = new RunningTime();
  readonly #tasks = new JobTasks(
    () => new (this.constructor as typeof JobView).taskClass(),
    () => this.requestUpdate(),
  );
  #log: LogStream | undefined;
  #logged = '';
  #focused: Element | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    frames.cancel(this);
  }

  /** Called by the frame scheduler. */
  draw(): void {
    this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('jobId')) this.#follow();
    const hasOtherJob = changed.has('job') && changed.get('job')?.jobId !== this.job?.jobId;
    if (changed.has('jobId') || hasOtherJob) this.#reset();
    if (changed.has('events')) this.#take(this.events ?? []);
    this.#seconds.follow(this.#shownJob?.status === 'running');
    this.#focused = this.shadowRoot?.activeElement ?? undefined;
  }

  protected override updated(): void {
    this.#keepFocus();
    const log = this.#log;
    if (!log) return;
    const record = this.#record;
    const { jobId = '' } = this.#shownJob ?? {};
    const logged = `${record.generation} ${jobId}`;
    if (logged !== this.#logged) log.clear();
    this.#logged = logged;
    const lines = record.takeLines();
    if (lines.length > 0) log.appendLines(lines);
    log.gap = record.hasGap;
    log.ended = this.#shownJob !== undefined && hasEnded(this.#shownJob.status);
    log.label = jobId === '' ? 'Log' : `Log of ${shortId(jobId)}`;
  }

  protected override render(): TemplateResult {
    const job = this.#shownJob;
    if (!job) return this.#renderBlank();
    const { hub } = this.#hub;
    const isStale = !this.job && hub !== undefined && hub.connection !== 'live';
    const isGone = !this.job && this.#followed.state === 'removed';
    return html`
      <article aria-label=${`Job ${shortId(job.jobId)}`} ?data-stale=${isStale || isGone}>
        ${isGone ? html`<p class="gone" role="alert">This job was removed. What you see is what was left of it.</p>` : nothing}
        ${isStale && !isGone ? html`<p class="gone">Not connected now.</p>` : nothing}
        <header>
          ${renderTitle(job)}
          <div class="about">
            <div class="what">
              ${this.#renderId(job)}
              ${renderSentence(job)}
            </div>
            ${this.#mayAct && !isGone ? this.#actions.render(job) : nothing}
          </div>
          ${this.#mayAct && !isGone ? this.#actions.renderProblem() : nothing}
        </header>
        ${renderAmounts(job, this.#running.secondsOf(job))}
        ${renderFacts(job, (iso) => this.#times.text(iso))}
        ${renderCriteria(job)}
        ${this.#renderTasks(job)}
        ${this.#renderProblem()}
        ${this.#renderLog()}
      </article>
    `;
  }

  #renderBlank(): TemplateResult {
    const problem = this.#followed.problem;
    if (problem === undefined) return html`<p class="blank" role="status">${this.#blankText()}</p>`;
    return html`<div class="blank">${this.#renderProblem()}</div>`;
  }

  #renderId({ jobId }: Job): TemplateResult {
    const copy = (): void => void this.#copying.copy(jobId);
    return html`
      <p class="id">
        <code dir="auto">${jobId}</code>
        <button class="copy-id quiet" type="button" aria-label="Copy id of the job" @click=${copy}>COPY ID</button>
        <span role="status">${this.#copying.said}</span>
      </p>
    `;
  }

  #renderTasks(job: Job): TemplateResult {
    const tasks = this.tasks && this.job ? this.tasks : [...this.#record.tasks.values()];
    const load = this.#hub.hub && !this.job ? this.#loadTask : undefined;
    return html`
      <h4>Tasks</h4>
      ${tasks.length > 0 ? this.#tasks.render(tasks, load) : renderNoTasks(job, !this.job && this.#followed.problem === undefined)}
    `;
  }

  #renderLog(): LogStream {
    this.#log ??= new (this.constructor as typeof JobView).logClass();
    return this.#log;
  }

  #renderProblem(): TemplateResult | typeof nothing {
    const { problem } = this.#followed;
    if (this.job || problem === undefined) return nothing;
    return html`
      <div class="lost">
        <p class="problem" role="alert">${`What happens in this job is not seen now: ${problem}`}</p>
        <button class="again" type="button" @click=${() => this.#followed.ask()}>TRY AGAIN</button>
      </div>
    `;
  }

  #blankText(): string {
    const { hub } = this.#hub;
    if (!hub) return 'No hub to show a job of.';
    if (this.jobId === undefined || this.jobId === '') return 'No job was chosen.';
    if (this.#followed.state === 'unknown') return 'No such job.';
    if (this.#followed.state === 'removed') return 'This job was removed.';
    return hub.connection === 'closed'
      ? (hub.error?.message ?? 'Nothing is known of this job.')
      : 'Loading the job…';
  }

  get #shownJob(): Job | undefined {
    return this.job ?? this.#followed.job;
  }

  get #record(): EventRecord {
    return this.job ? this.#given : this.#followed.record;
  }

  get #mayAct(): boolean {
    return !this.readOnly && (this.job !== undefined || mayDo(this.#hub.hub?.scope, 'operate'));
  }

  #follow(): void {
    this.#followed.follow(this.#hub.hub, this.jobId === '' ? undefined : this.jobId);
    this.#redraw();
  }

  #reset(): void {
    this.#actions.reset();
    this.#tasks.reset();
    this.#copying.said = '';
  }

  /** A button that is gone gives the focus to those that are there now: each press changes what can be done. */
  #keepFocus(): void {
    const focused = this.#focused;
    this.#focused = undefined;
    if (focused && !focused.isConnected && !this.shadowRoot?.activeElement)
      this.shadowRoot?.querySelector<HTMLElement>('.actions')?.focus({ preventScroll: true });
  }

  /** What does not go on from what is shown is another story. */
  #take(events: readonly JobEvent[]): void {
    const record = this.#given;
    const last = events.at(-1)?.seq ?? 0;
    if (last < record.lastSeq) record.clear();
    let from = events.length;
    while (from > 0 && (events[from - 1]?.seq ?? 0) > record.lastSeq) from -= 1;
    record.take({ events: events.slice(from), gap: false });
  }

  readonly #loadTask = async (taskId: string): Promise<JobTaskResult> => {
    const { hub } = this.#hub;
    if (!hub || this.jobId === undefined) throw new Error('No hub to ask');
    return hub.jobs.task(this.jobId, taskId);
  };

  #redraw(): void {
    if (this.isConnected) frames.schedule(this);
  }

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    return this.#followed.subscribe(hub);
  }
}
