import type { Job } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import { IntentController } from '../intent-controller.js';

/** What a list keeps of a job beyond its facts. */
export interface JobState {
  /** For the class of its button: ids are no names of classes. */
  readonly number: number;
  readonly intents: IntentController;
}

/** What a list keeps of each job that it shows. */
export class JobStates {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #states = new Map<string, JobState>();
  #numbers = 0;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
  }

  of(jobId: string): JobState {
    const known = this.#states.get(jobId);
    if (known) return known;
    this.#numbers += 1;
    const state = { number: this.#numbers, intents: new IntentController(this.#host) };
    this.#states.set(jobId, state);
    return state;
  }

  /** Forgets all jobs but these, and those that wait for an answer. */
  keep(jobs: readonly Job[]): void {
    const ids = new Set(jobs.map(({ jobId }) => jobId));
    for (const [jobId, { intents }] of this.#states)
      if (!ids.has(jobId) && intents.pending === undefined) this.#states.delete(jobId);
  }
}
