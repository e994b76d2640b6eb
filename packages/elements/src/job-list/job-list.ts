import { type HubFace, hasEnded, type Job, mayDo, type Unsubscribe } from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { ConfirmController } from '../confirm-controller.js';
import { JobDeleteEvent, JobResumeEvent } from '../events/job-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { amountBarStyles } from '../job-status/amount-bar.js';
import { Copying } from '../job-status/copying.js';
import { EachSecond } from '../job-status/each-second.js';
import { badgeStyles } from '../job-status/job-badge.js';
import { jobLinkStyles, safeHref } from '../job-status/job-link.js';
import { countText, shortId } from '../job-status/job-texts.js';
import { RunningTime } from '../job-status/running-time.js';
import { RelativeTimes } from '../relative-time.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { HistoryPages } from './history-pages.js';
import { renderCard } from './job-cards.js';
import { jobListStyles } from './job-list.styles.js';
import { renderHeads, renderRow } from './job-rows.js';
import { JobStates } from './job-states.js';
import { renderPages } from './pages-view.js';

/** Cards of a list. The next ones come when someone asks for them. */
const cardsAtOnce = 50;

/**
 * Jobs: those that have not ended as cards, or those that have as a table with pages.
 *
 * Under a provider it shows those of the hub, and keeps to the page that someone reads while jobs come and go; jobs in
 * `jobs` win. What the view may not ask for has no controls. In little width the rows of the table are stacked.
 *
 * @summary The jobs that run, or those that have ended.
 *
 * @fires {JobResumeEvent} job-resume - Someone pressed RESUME.
 * @fires {JobDeleteEvent} job-delete - Someone pressed DELETE, and said yes.
 * @fires {JobOpenEvent} job-open - Someone wants to look at a job, and there is no `job-href`.
 *
 * @slot start - What stands after the text when there are no active jobs; by default a link to `start-href`, if there is one.
 * @slot empty - Shown in place of the text when there are no jobs.
 *
 * @csspart cards - The cards of the active jobs.
 * @csspart card - One of them.
 * @csspart status - A badge.
 * @csspart bar - The bar of an amount.
 * @csspart table - The table of the history.
 * @csspart row - A row of it.
 * @csspart pages - The buttons that turn its pages.
 * @csspart empty - The text when there are no jobs.
 */
export class JobList extends LitElement {
  static override styles = [tokens, controls, badgeStyles, amountBarStyles, jobLinkStyles, jobListStyles];

  /** What is shown: `active`, the jobs that have not ended, or `history`, those that have. */
  @property({ reflect: true }) variant: 'active' | 'history' = 'active';

  /** Jobs in their order; they win over the provider. Those that do not belong to the variant are left out. */
  @property({ attribute: false }) jobs: readonly Job[] | undefined;

  /** Where a job can be looked at, with `{id}` in place of its id, such as `#/jobs/{id}`. */
  @property({ attribute: 'job-href' }) jobHref = '';

  /** Where a job can be started, for the text when there are none. */
  @property({ attribute: 'start-href' }) startHref = '';

  /** Rows of a page of the history, 1 to 200. */
  @property({ type: Number, attribute: 'page-size' }) pageSize = 20;

  /** Whether there is only something to look at. Under a provider whose hub allows nothing more it is so anyway. */
  @property({ type: Boolean, attribute: 'read-only' }) readOnly = false;

  @state() private limit = cardsAtOnce;
  /** The page of given jobs. */
  @state() private givenPage = 0;
  @state() private said = '';

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
    needsHub: () => !this.jobs,
  });
  readonly #confirm = new ConfirmController(this);
  readonly #times = new RelativeTimes(this);
  readonly #seconds = new EachSecond(this);
  readonly #running = new RunningTime();
  readonly #states = new JobStates(this);
  readonly #copying = new Copying(this);
  readonly #history = new HistoryPages(() => this.#redrawSoon());
  #asked: string | undefined;
  #focused: Element | undefined;
  #isOnScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (isOnScreen) => {
      this.#isOnScreen = isOnScreen;
      this.#times.pause(!isOnScreen);
      this.#seconds.pause(!isOnScreen);
      if (isOnScreen) this.#redrawSoon();
    });
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    this.#history.follow(undefined, this.#pageSize);
    frames.cancel(this.#redraw);
  }

  protected override willUpdate(): void {
    this.#focused = this.shadowRoot?.activeElement ?? undefined;
    if (this.variant === 'history' && this.jobs)
      this.givenPage = Math.min(this.givenPage, this.#pageCount - 1);
  }

  /** The hub is known only here: controllers hear of the change before this. */
  protected override update(changed: Map<PropertyKey, unknown>): void {
    const { hub } = this.#hub;
    this.#history.follow(this.variant === 'history' ? hub : undefined, this.#pageSize);
    super.update(changed);
  }

  protected override updated(): void {
    const focused = this.#focused;
    this.#focused = undefined;
    // A row that is gone gives the focus back to the list.
    if (focused && !focused.isConnected && !this.shadowRoot?.activeElement)
      this.shadowRoot?.querySelector<HTMLElement>('.list')?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    return html`
      ${this.#isLost ? html`<p class="lost">Not connected now: these are the last known facts.</p>` : nothing}
      ${this.variant === 'history' ? this.#renderHistory() : this.#renderActive()}
      <p class="said" role="status">${this.#copying.said || this.said}</p>
    `;
  }

  #renderActive(): TemplateResult {
    const { hub } = this.#hub;
    const all = (this.jobs ?? hub?.jobs.recent() ?? []).filter(({ status }) => !hasEnded(status));
    const shown = all.slice(0, this.limit);
    this.#seconds.follow(shown.some(({ status }) => status === 'running'));
    this.#running.keep(shown);
    this.#states.keep(shown);
    const startHref = safeHref(this.startHref);
    if (all.length === 0)
      return this.#renderEmpty(
        html`No active jobs. <slot name="start">${startHref === undefined ? nothing : html`<a class="job-link" href=${startHref}>Start one</a>`}</slot>`,
      );
    const hidden = all.length - shown.length;
    return html`
      <div part="cards" class="cards list" role="list" aria-label="Active jobs" tabindex="-1">
        ${repeat(
          shown,
          ({ jobId }) => jobId,
          (job) => html`<div role="listitem">${this.#renderCard(job)}</div>`,
        )}
      </div>
      ${hidden > 0 ? html`<p class="more">${countText(shown.length)} of ${countText(all.length)} jobs <button class="show-more quiet" type="button" @click=${this.#showMore}>SHOW ${countText(Math.min(hidden, cardsAtOnce))} MORE</button></p>` : nothing}
    `;
  }

  #renderCard(job: Job): TemplateResult {
    const { intents } = this.#states.of(job.jobId);
    return renderCard({
      job,
      jobHref: this.jobHref,
      elapsedS: this.#running.secondsOf(job),
      pending: intents.pending,
      problem: intents.problem,
      mayResume: this.#mayOperate,
      timeSince: (iso) => this.#times.text(iso),
      resume: () => void this.#resume(job),
    });
  }

  #renderHistory(): TemplateResult {
    this.#seconds.follow(false);
    const jobs = this.jobs ? this.#givenJobs : this.#history.jobs;
    this.#states.keep(jobs ?? []);
    const { problem } = this.#history;
    if (!jobs && problem === undefined)
      return this.#renderEmpty(html`${this.#hub.hub ? 'Looking for jobs…' : 'No jobs are known.'}`);
    return html`
      <div role="alert">${problem === undefined || this.jobs ? nothing : html`<p class="problem">${problem} <button class="again" type="button" @click=${() => this.#history.refresh()}>TRY AGAIN</button></p>`}</div>
      ${jobs ? (jobs.length === 0 ? this.#renderEmpty(html`No job has ended yet.`) : this.#renderTable(jobs)) : nothing}
    `;
  }

  #renderTable(jobs: readonly Job[]): TemplateResult {
    const mayOperate = this.#mayOperate;
    return html`
      <table part="table" class="list" role="table" tabindex="-1" aria-busy=${this.#history.isLoading ? 'true' : 'false'} ?data-stale=${this.#isLost}>
        <caption class="unseen">Jobs that have ended</caption>
        ${renderHeads(mayOperate)}
        <tbody>
          ${repeat(
            jobs,
            ({ jobId }) => jobId,
            (job) => this.#renderRow(job, mayOperate),
          )}
        </tbody>
      </table>
      ${this.#renderPages()}
    `;
  }

  #renderRow(job: Job, mayOperate: boolean): TemplateResult {
    const { number, intents } = this.#states.of(job.jobId);
    const isAsked = this.#asked === job.jobId && this.#confirm.about !== undefined;
    return renderRow({
      job,
      jobHref: this.jobHref,
      number,
      pending: intents.pending,
      problem: intents.problem,
      mayOperate,
      question: isAsked ? this.#renderQuestion(job) : undefined,
      timeSince: (iso) => this.#times.text(iso),
      copy: () => void this.#copying.copy(job.jobId),
      resume: () => void this.#resume(job),
      askToDelete: () => this.#askToDelete(job.jobId, number),
    });
  }

  #renderQuestion(job: Job): TemplateResult {
    return this.#confirm.render({
      question: `Delete job ${shortId(job.jobId)} with its results and its log?`,
      yes: 'DELETE NOW',
      no: 'KEEP',
      onYes: () => void this.#delete(job),
    });
  }

  #renderPages(): TemplateResult | typeof nothing {
    const page = this.jobs ? this.givenPage : this.#history.page;
    const hasNext = this.jobs ? page < this.#pageCount - 1 : this.#history.hasNext;
    const total = this.jobs ? this.#ended.length : this.#history.total;
    return renderPages({ page, total, hasNext, pageSize: this.#pageSize, turn: (by) => this.#turn(by) });
  }

  #renderEmpty(text: TemplateResult): TemplateResult {
    const { hub } = this.#hub;
    const isConnecting = !this.jobs && hub !== undefined && hub.connection !== 'live';
    const content = isConnecting
      ? html`${hub.error?.message ?? (hub.connection === 'closed' ? 'No jobs are known.' : 'Looking for jobs…')}`
      : text;
    return html`<slot name="empty"><p part="empty" class="empty list" tabindex="-1">${content}</p></slot>`;
  }

  get #isLost(): boolean {
    const { hub } = this.#hub;
    if (this.jobs || !hub || hub.connection === 'live') return false;
    return this.variant === 'history'
      ? this.#history.jobs !== undefined
      : hub.jobs.recent().some(({ status }) => !hasEnded(status));
  }

  get #ended(): readonly Job[] {
    return (this.jobs ?? []).filter(({ status }) => hasEnded(status));
  }

  get #givenJobs(): readonly Job[] {
    return this.#ended.slice(this.givenPage * this.#pageSize, (this.givenPage + 1) * this.#pageSize);
  }

  get #pageCount(): number {
    return Math.max(1, Math.ceil(this.#ended.length / this.#pageSize));
  }

  /** Attributes may say anything. */
  get #pageSize(): number {
    const { pageSize } = this;
    return Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 200 ? pageSize : 20;
  }

  get #mayOperate(): boolean {
    return !this.readOnly && mayDo(this.jobs ? undefined : this.#hub.hub?.scope, 'operate');
  }

  async #resume({ jobId }: Job): Promise<void> {
    await this.#ask(jobId, 'resume', new JobResumeEvent(jobId), 'goes on');
  }

  async #delete({ jobId }: Job): Promise<void> {
    await this.#ask(jobId, 'delete', new JobDeleteEvent(jobId), 'is deleted');
  }

  async #ask(
    jobId: string,
    name: string,
    intent: JobResumeEvent | JobDeleteEvent,
    done: string,
  ): Promise<void> {
    this.said = '';
    this.#copying.said = '';
    const answer = await this.#states.of(jobId).intents.ask(name, intent);
    if (answer) this.said = `Job ${shortId(jobId)} ${done}`;
  }

  #askToDelete(jobId: string, number: number): void {
    if (this.#states.of(jobId).intents.pending !== undefined) return;
    this.#asked = jobId;
    this.#confirm.open(`delete-${number}`);
  }

  #turn(by: 1 | -1): void {
    const to = this.givenPage + by;
    if (!this.jobs) this.#history.turn(by);
    else if (to >= 0 && to < this.#pageCount) this.givenPage = to;
  }

  readonly #showMore = (): void => {
    this.limit += cardsAtOnce;
  };

  #redrawSoon(): void {
    // Before the first update nobody has looked yet.
    if (this.#isOnScreen || !this.hasUpdated) frames.schedule(this.#redraw);
  }

  readonly #redraw = { draw: (): void => this.requestUpdate() };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const redraw = (): void => this.#redrawSoon();
    return [
      hub.subscribe('job:submitted', redraw),
      hub.subscribe('job:updated', redraw),
      hub.subscribe('job:removed', redraw),
      hub.subscribe('connection:changed', redraw),
      ...this.#history.subscribe(hub),
    ];
  }
}
