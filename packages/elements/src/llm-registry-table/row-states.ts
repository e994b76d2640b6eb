import type { ReactiveControllerHost } from '@lit/reactive-element';
import { IntentController } from '../intent-controller.js';

/** What a table keeps of a row beside the facts of its endpoint. */
export interface RowState {
  /** Unique among the rows, and nobody's text. */
  readonly number: number;
  /** Whether all models are shown. */
  isOpen: boolean;
  /** Rows do not wait for each other: each has its own wishes. */
  readonly intents: IntentController;
}

/** The states of the rows, for as long as their endpoints are there. */
export class RowStates {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #states = new Map<string, RowState>();
  #count = 0;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
  }

  of(endpointId: string): RowState {
    const known = this.#states.get(endpointId);
    if (known) return known;
    this.#count += 1;
    const state = { number: this.#count, isOpen: false, intents: new IntentController(this.#host) };
    this.#states.set(endpointId, state);
    return state;
  }

  /** Forgets rows whose endpoints are gone. */
  keep(endpoints: ReadonlyMap<string, unknown>): void {
    for (const id of this.#states.keys()) if (!endpoints.has(id)) this.#states.delete(id);
  }
}
