import { type HubFace, type JobSource, mayDo, type Unsubscribe } from '@corral/core';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { JobSubmitEvent } from '../events/job-events.js';
import { frames } from '../frame-scheduler.js';
import { HubController } from '../hub-controller.js';
import { IntentController } from '../intent-controller.js';
import { jobLinkStyles, renderJobLink } from '../job-status/job-link.js';
import { shortId } from '../job-status/job-texts.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { renderFields } from './form-fields.js';
import { type FormTab, renderTabs } from './form-tabs.js';
import {
  type DraftField,
  draftFields,
  emptyDraft,
  fieldOf,
  type JobDraft,
  outcomeOf,
  rareFields,
} from './job-draft.js';
import { jobFormStyles } from './job-form.styles.js';
import { YamlTab } from './yaml-tab.js';

/** Models that are offered; a fleet may have thousands. */
const offeredModels = 200;

/**
 * Starts a job: from a form, or from YAML that is typed, pasted, dropped or chosen. The text is checked as it comes, and
 * what would be run is shown before anybody starts it.
 *
 * It begins with the defaults. What was typed outlives a refusal, and both tabs keep what is in them. After a success the
 * tab is empty again, and there is a way to the new job.
 *
 * @summary Starts a job, from a form or from YAML.
 *
 * @fires {JobSubmitEvent} job-submit - Someone pressed START JOB. The answer is the job.
 * @fires {JobValidateEvent} job-validate - A text was typed or read, and is to be checked. The answer is its specification.
 * @fires {JobOpenEvent} job-open - Someone wants to look at the job that was started, and there is no `job-href`.
 *
 * @csspart tabs - The tabs.
 * @csspart form - The form, whichever tab is shown.
 * @csspart more - The fields that are seldom needed.
 * @csspart drop - Where a file can be dropped.
 * @csspart snippet - The lines around a mistake.
 * @csspart spec - The table of what would be run.
 * @csspart tasks - The table of its tasks.
 */
export class JobForm extends LitElement {
  static override styles = [tokens, controls, jobLinkStyles, jobFormStyles];

  /** Which tab is shown: `form` or `yaml`. */
  @property() tab: FormTab = 'form';

  /** Whether there is only something to look at. Under a provider whose hub allows nothing more it is so anyway. */
  @property({ type: Boolean, attribute: 'read-only' }) readOnly = false;

  /** Where a job can be looked at, with `{id}` in place of its id, such as `#/jobs/{id}`. */
  @property({ attribute: 'job-href' }) jobHref = '';

  /** Models that can be chosen; by default those of the hub's fleet. */
  @property({ attribute: false }) models: readonly string[] | undefined;

  @state() private draft: JobDraft = emptyDraft;
  @state() private isMoreOpen = false;
  /** The id of the job that was started last; empty when its answer had none. */
  @state() private started: string | undefined;

  readonly #hub = new HubController(this, {
    subscribe: (hub) => this.#subscribe(hub),
    hubChanged: () => this.requestUpdate(),
  });
  readonly #intents = new IntentController(this);
  readonly #yaml = new YamlTab(this, () => this.#edited());
  /** Fields that a person has left once: what is wrong with them is said now, not while they type. */
  readonly #left = new Set<DraftField>();
  #focusNext: string | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    frames.cancel(this.#redraw);
  }

  protected override updated(): void {
    const selector = this.#focusNext;
    this.#focusNext = undefined;
    if (selector !== undefined) this.shadowRoot?.querySelector<HTMLElement>(selector)?.focus();
  }

  protected override render(): TemplateResult {
    if (this.readOnly || !mayDo(this.#hub.hub?.scope, 'operate'))
      return html`<p class="read-only">You may look here, and not start jobs.</p>`;
    const { pending } = this.#intents;
    const isOff = pending !== undefined || !this.#isReady;
    return html`
      ${renderTabs(this.tab, this.#choose)}
      <form part="form" aria-label="New job" novalidate @submit=${this.#submit}>
        <div id="panel-form" role="tabpanel" aria-labelledby="tab-form" ?hidden=${this.tab !== 'form'}>${this.#renderFields()}</div>
        <div id="panel-yaml" role="tabpanel" aria-labelledby="tab-yaml" ?hidden=${this.tab !== 'yaml'}>${this.#yaml.render()}</div>
        <div class="row">
          <button class="start submit" type="submit" aria-disabled=${isOff ? 'true' : 'false'} aria-busy=${pending === undefined ? 'false' : 'true'}>${pending === undefined ? 'START JOB' : 'STARTING…'}</button>
          <span role="status" class="said">${pending === undefined ? this.#renderStarted() : 'Starting…'}</span>
        </div>
        <div role="alert">${this.#renderProblem()}</div>
      </form>
    `;
  }

  #renderFields(): TemplateResult {
    const { problems } = outcomeOf(this.draft);
    return renderFields({
      draft: this.draft,
      problemOf: (field) => this.#refusalOf(field) ?? (this.#left.has(field) ? problems[field] : undefined),
      models: this.#models,
      isOpen: this.isMoreOpen,
      typed: this.#typed,
      leaves: this.#leaves,
      toggled: this.#toggled,
    });
  }

  #renderStarted(): TemplateResult | typeof nothing {
    const { started } = this;
    if (started === undefined) return nothing;
    return html`The job is started. ${started === '' ? nothing : renderJobLink(started, this.jobHref, `Open ${shortId(started)}`)}`;
  }

  /** What is said at a field, or at a place in the text, is not said twice. */
  #renderProblem(): TemplateResult | typeof nothing {
    const { problem } = this.#intents;
    const isPlaced =
      this.tab === 'form'
        ? draftFields.some((field) => this.#refusalOf(field) !== undefined)
        : this.#yaml.saysWhy;
    return problem === undefined || isPlaced ? nothing : html`<p class="problem">${problem}</p>`;
  }

  get #isReady(): boolean {
    return this.tab === 'form' ? this.draft.projectDescription.trim() !== '' : this.#yaml.isReady;
  }

  get #models(): readonly string[] {
    const models = this.models ?? this.#hub.hub?.registry().fleetModels.map(({ model }) => model) ?? [];
    return models.slice(0, offeredModels);
  }

  /** What the hub said of a field: of its first part that is wrong, such as the third criterion. */
  #refusalOf(field: DraftField): string | undefined {
    return Object.entries(this.#intents.fields).find(([name]) => fieldOf(name) === field)?.[1];
  }

  readonly #choose = (tab: FormTab, isByKey: boolean): void => {
    this.tab = tab;
    this.#intents.forget();
    if (isByKey) this.#focusNext = `#tab-${tab}`;
  };

  readonly #typed = (event: Event): void => {
    const { name, value } = event.currentTarget as HTMLInputElement | HTMLTextAreaElement;
    this.draft = { ...this.draft, [name]: value };
    for (const refused of Object.keys(this.#intents.fields))
      if (fieldOf(refused) === name) this.#intents.forgetField(refused);
    this.#edited();
  };

  readonly #leaves = (event: Event): void => {
    this.#left.add((event.currentTarget as HTMLInputElement).name as DraftField);
    this.requestUpdate();
  };

  readonly #toggled = (event: Event): void => {
    this.isMoreOpen = (event.currentTarget as HTMLDetailsElement).open;
  };

  #edited(): void {
    this.started = undefined;
    // A refusal that is of no field is old as soon as anything is another.
    if (Object.keys(this.#intents.fields).length === 0) this.#intents.forget();
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    if (this.#intents.pending !== undefined) return;
    if (!this.#isReady) {
      this.shadowRoot
        ?.querySelector<HTMLElement>(this.tab === 'form' ? '#projectDescription' : '#yaml')
        ?.focus();
      return;
    }
    if (this.tab === 'yaml') {
      void this.#start({ yaml: this.#yaml.text });
      return;
    }
    const { request, problems } = outcomeOf(this.draft);
    for (const field of draftFields) this.#left.add(field);
    if (Object.keys(problems).length > 0) this.#showProblems(problems);
    else void this.#start(request);
  };

  async #start(source: JobSource): Promise<void> {
    const { tab, draft } = this;
    const { text } = this.#yaml;
    this.started = undefined;
    const answer = await this.#intents.ask('start', new JobSubmitEvent(source));
    if (!answer) {
      if (tab === 'yaml' && this.#intents.problem !== undefined) this.#yaml.checkAgain();
      else this.#showProblems(this.#intents.fields);
      return;
    }
    // What was typed while the answer was on its way is another job.
    if (tab === 'yaml' && this.#yaml.text === text) this.#yaml.clear();
    if (tab === 'form' && this.draft === draft) {
      this.draft = emptyDraft;
      this.#left.clear();
    }
    this.started = idOf(answer.value);
  }

  /** The focus goes to the first field that is wrong, which may be one of those behind MORE. */
  #showProblems(problems: Readonly<Record<string, string>>): void {
    const names = Object.keys(problems);
    const wrong = draftFields.filter((field) => names.some((name) => fieldOf(name) === field));
    if (wrong.length === 0) return;
    if (wrong.some((field) => rareFields.includes(field))) this.isMoreOpen = true;
    this.#focusNext = `#${wrong[0] ?? ''}`;
    this.requestUpdate();
  }

  readonly #redraw = { draw: (): void => this.requestUpdate() };

  #subscribe(hub: HubFace): readonly Unsubscribe[] {
    const redraw = (): void => frames.schedule(this.#redraw);
    return [
      hub.subscribe('endpoint:registered', redraw),
      hub.subscribe('endpoint:updated', redraw),
      hub.subscribe('endpoint:removed', redraw),
      hub.subscribe('connection:changed', redraw),
    ];
  }
}

/** A page may answer with anything. */
function idOf(answer: unknown): string {
  return typeof answer === 'object' &&
    answer !== null &&
    'jobId' in answer &&
    typeof answer.jobId === 'string'
    ? answer.jobId
    : '';
}
