import type { Job, JobTask, JobTaskResult } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { countedText, countText, taskProgress } from '../job-status/job-texts.js';
import type { TaskCard } from '../task-card/task-card.js';

/** Cards of a job. The next ones come when someone asks for them. */
const cardsAtOnce = 200;

/** Asks for what a task was asked and what came of it. */
export type LoadTask = (taskId: string) => Promise<JobTaskResult>;

/** The cards of the tasks of a job: each is made once, and told what is new. */
export class JobTasks {
  readonly #create: () => TaskCard;
  readonly #more: () => void;
  readonly #cards = new Map<string, TaskCard>();
  #limit = cardsAtOnce;

  /** @param more called when someone wants to see more of them */
  constructor(create: () => TaskCard, more: () => void) {
    this.#create = create;
    this.#more = more;
  }

  /** Another job is shown. */
  reset(): void {
    this.#cards.clear();
    this.#limit = cardsAtOnce;
  }

  /** @param load without it the cards have no details */
  render(tasks: readonly JobTask[], load: LoadTask | undefined): TemplateResult {
    const shown = tasks.slice(0, this.#limit);
    const left = tasks.length - shown.length;
    return html`
      <ul part="tasks" class="tasks">
        ${repeat(
          shown,
          ({ taskId }) => taskId,
          (task) => html`<li>${this.#cardOf(task, load)}</li>`,
        )}
      </ul>
      ${
        left === 0
          ? nothing
          : html`<p class="more">Showing ${countText(shown.length)} of ${countedText(tasks.length, 'task')} <button class="show-more quiet" type="button" @click=${this.#showMore}>SHOW ${countText(Math.min(left, cardsAtOnce))} MORE</button></p>`
      }
    `;
  }

  #cardOf(task: JobTask, load: LoadTask | undefined): TaskCard {
    const { taskId } = task;
    let card = this.#cards.get(taskId);
    if (!card) {
      card = this.#create();
      this.#cards.set(taskId, card);
    }
    card.task = task;
    if (!load) card.loadResult = undefined;
    // One function for the life of the card: a new one each time would draw every card anew.
    else card.loadResult ??= () => load(taskId);
    return card;
  }

  readonly #showMore = (): void => {
    this.#limit += cardsAtOnce;
    this.#more();
  };
}

/**
 * What stands in the place of the cards while there are none. Those that are on their way have their room already.
 *
 * @param isFollowed whether they come by themselves
 */
export function renderNoTasks(job: Job, isFollowed: boolean): TemplateResult {
  if (isFollowed && taskProgress(job).total > 0)
    return html`<p class="quiet-text coming">Loading the tasks…</p>`;
  const text = job.status === 'running' ? 'No tasks yet: the work is being planned.' : 'No tasks.';
  return html`<p class="quiet-text">${text}</p>`;
}
