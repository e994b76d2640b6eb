import type { Job, JobRaise } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import { html, nothing, type TemplateResult } from 'lit';
import type { IntentController } from '../intent-controller.js';

type RaiseName = 'budgetUsd' | 'budgetTokens' | 'timeLimitS';

interface FieldView {
  readonly label: string;
  /** How many of what the field counts are one of what the hub counts. */
  readonly scale: number;
  readonly isWhole: boolean;
}

const fieldViews: Readonly<Record<RaiseName, FieldView>> = {
  budgetUsd: { label: 'New budget in US dollars', scale: 1, isWhole: false },
  budgetTokens: { label: 'New limit of tokens', scale: 1, isWhole: true },
  timeLimitS: { label: 'New time limit in minutes', scale: 1 / 60, isWhole: false },
};

/** Fields for the limits that a job ran into: it cannot go on without greater ones. */
export class RaiseFields {
  readonly #host: ReactiveControllerHost;
  readonly #intents: IntentController;
  readonly #texts = new Map<RaiseName, string>();
  readonly #problems = new Map<RaiseName, string>();

  constructor(host: ReactiveControllerHost, intents: IntentController) {
    this.#host = host;
    this.#intents = intents;
  }

  reset(): void {
    this.#texts.clear();
    this.#problems.clear();
  }

  /** Which limits to ask for. */
  namesFor({ status, statusReason, budgetTokens }: Job): readonly RaiseName[] {
    if (status !== 'failed') return [];
    if (statusReason === 'time_limit') return ['timeLimitS'];
    if (statusReason !== 'budget_exhausted') return [];
    return budgetTokens === null ? ['budgetUsd'] : ['budgetUsd', 'budgetTokens'];
  }

  /** What was typed, or what would be asked for without; `undefined` when a field holds no number, and it says so. */
  checked(job: Job): JobRaise | undefined {
    this.#problems.clear();
    const raise: Partial<Record<RaiseName, number>> = {};
    for (const name of this.namesFor(job)) {
      const { scale, isWhole } = fieldViews[name];
      const value = Number(this.#textOf(name, job).trim().replace(',', '.')) / scale;
      if (value > 0 && value < Infinity && (!isWhole || Number.isInteger(value))) raise[name] = value;
      else this.#problems.set(name, isWhole ? 'Enter a whole number above 0.' : 'Enter a number above 0.');
    }
    this.#host.requestUpdate();
    return this.#problems.size === 0 ? raise : undefined;
  }

  render(job: Job): TemplateResult[] {
    return this.namesFor(job).map((name) => this.#renderField(name, job));
  }

  #renderField(name: RaiseName, job: Job): TemplateResult {
    const problem = this.#problems.get(name) ?? this.#intents.fields[name];
    const typed = (event: Event): void => {
      this.#texts.set(name, (event.target as HTMLInputElement).value);
      this.#problems.delete(name);
      this.#intents.forgetField(name);
      this.#host.requestUpdate();
    };
    return html`
      <label>
        <span>${fieldViews[name].label}</span>
        <input name=${name} inputmode="decimal" autocomplete="off" .value=${this.#textOf(name, job)} aria-invalid=${problem === undefined ? 'false' : 'true'} aria-describedby=${problem === undefined ? nothing : `${name}-problem`} @input=${typed} />
        ${problem === undefined ? nothing : html`<span id=${`${name}-problem`} class="problem" role="alert">${problem}</span>`}
      </label>
    `;
  }

  /** Without anything typed, twice as much as before. */
  #textOf(name: RaiseName, job: Job): string {
    return this.#texts.get(name) ?? `${Number(((job[name] ?? 0) * 2 * fieldViews[name].scale).toFixed(4))}`;
  }
}
