import type { FieldProblems } from '@corral/core';
import type { ReactiveControllerHost } from '@lit/reactive-element';
import type { IntentEvent } from './events/intent-event.js';

/** What an answered wish came to. */
export interface IntentAnswer {
  readonly value: unknown;
}

/** Announces the wishes of an element, one at a time, and keeps what the element shows of them. */
export class IntentController {
  /** The name of the wish that waits for its answer. */
  pending: string | undefined;
  /** Why the last wish was refused, for people. */
  problem: string | undefined;
  /** Which fields of the last wish were refused, with the reason. */
  fields: FieldProblems = {};
  readonly #host: ReactiveControllerHost & HTMLElement;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
  }

  /** Resolves with the answer; with nothing when nobody took the wish, or it was refused, or one is pending. */
  async ask(name: string, intent: IntentEvent): Promise<IntentAnswer | undefined> {
    if (this.pending !== undefined) return undefined;
    this.forget();
    this.#host.dispatchEvent(intent);
    if (!intent.response) return undefined;
    this.pending = name;
    this.#host.requestUpdate();
    try {
      return { value: await intent.response };
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.fields = fieldsOf(error);
      return undefined;
    } finally {
      this.pending = undefined;
      this.#host.requestUpdate();
    }
  }

  /** Forgets what was said of one field: someone edits it. */
  forgetField(name: string): void {
    this.fields = Object.fromEntries(Object.entries(this.fields).filter(([field]) => field !== name));
  }

  /** Forgets a refusal. */
  forget(): void {
    this.problem = undefined;
    this.fields = {};
    this.#host.requestUpdate();
  }
}

/** `details.fields` of a refusal, as far as it is what it should be. */
function fieldsOf(error: unknown): FieldProblems {
  const details: unknown = (error as { details?: unknown } | null | undefined)?.details;
  const fields: unknown = (details as { fields?: unknown } | null | undefined)?.fields;
  if (typeof fields !== 'object' || fields === null) return {};
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
