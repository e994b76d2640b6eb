import { type Clock, type JobSpec, systemClock, type TimerHandle } from '@corral/core';
import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { JobValidateEvent } from '../events/job-events.js';
import { type TextProblem, textProblemOf } from './text-problem.js';

/** Milliseconds of rest after the last key until a text is checked. */
export const restMs = 300;

/** What is known of a text. */
export type SpecState =
  | { readonly kind: 'none' | 'waiting' }
  | { readonly kind: 'valid'; readonly spec: JobSpec }
  | { readonly kind: 'refused'; readonly problem: TextProblem; readonly text: string };

/** Has a text checked when nobody has typed for a moment; the latest text counts, whatever order answers come in. */
export class SpecCheck implements ReactiveController {
  state: SpecState = { kind: 'none' };
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #clock: Clock;
  #text = '';
  #asked = 0;
  #timer: TimerHandle | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement, clock: Clock = systemClock) {
    this.#host = host;
    this.#clock = clock;
    host.addController(this);
  }

  /** A question that was cut short by leaving the page is asked again. */
  hostConnected(): void {
    if (this.state.kind === 'waiting') this.check(this.#text);
  }

  hostDisconnected(): void {
    this.#cut();
  }

  /** Checks a text, at once or after a moment of rest. What was known before is shown until then. */
  check(text: string, isAtOnce = false): void {
    this.#cut();
    this.#text = text;
    if (this.state.kind === 'none') this.#set({ kind: 'waiting' });
    if (isAtOnce) void this.#ask();
    else this.#timer = this.#clock.setTimeout(() => void this.#ask(), restMs);
  }

  /** Checks the text that waits for a rest, if one does: nobody types any more. */
  hurry(): void {
    if (this.#timer !== undefined) this.check(this.#text, true);
  }

  /** Forgets what was known: there is no text, or nobody needs to ask what is wrong with it. */
  forget(): void {
    this.#cut();
    this.#set({ kind: 'none' });
  }

  #cut(): void {
    this.#asked += 1;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    this.#timer = undefined;
    this.#asked += 1;
    const asked = this.#asked;
    const text = this.#text;
    const intent = new JobValidateEvent({ yaml: text });
    this.#host.dispatchEvent(intent);
    const { response } = intent;
    const state = response ? await answerTo(response, text) : ({ kind: 'none' } as const);
    if (asked === this.#asked) this.#set(state);
  }

  #set(state: SpecState): void {
    this.state = state;
    this.#host.requestUpdate();
  }
}

async function answerTo(response: Promise<unknown>, text: string): Promise<SpecState> {
  try {
    const answer = await response;
    return isSpec(answer) ? { kind: 'valid', spec: answer } : { kind: 'none' };
  } catch (error) {
    return { kind: 'refused', problem: textProblemOf(error), text };
  }
}

/** A page may answer with anything. */
function isSpec(answer: unknown): answer is JobSpec {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'projectDescription' in answer &&
    'successCriteria' in answer &&
    Array.isArray(answer.successCriteria)
  );
}
