import type { ModelState, ModelStatus } from '@corral/core';

const gapMs = 1000;
const namedAtMost = 3;
const quietStates: readonly ModelState[] = ['starting', 'stopping'];

/** What a state is called in a sentence that begins with the name of the model. */
const stateSentences: Readonly<Record<ModelState, string>> = {
  offline: 'is offline',
  starting: 'is starting',
  loading: 'is loading',
  ready: 'is ready',
  unhealthy: 'does not answer',
  sleeping: 'is asleep',
  stopping: 'is stopping',
  backoff: 'has ended and will be started again',
  failed: 'has failed',
};

/** Gathers changes of state into few sentences for the one live region of a grid, at most one text a second. */
export class Announcer {
  readonly #changed = new Map<string, ModelStatus>();
  #lastMs = -Infinity;
  #text = '';

  /** What the live region says. */
  get text(): string {
    return this.#text;
  }

  /** Whether something waits to be said. */
  get isWaiting(): boolean {
    return this.#changed.size > 0;
  }

  /** Takes a change in; a later one of the same model replaces it. */
  add(model: ModelStatus): void {
    // These are on their way somewhere, and what comes of it is what matters.
    if (quietStates.includes(model.state)) this.#changed.delete(model.modelId);
    else this.#changed.set(model.modelId, model);
  }

  /** Says something at once. */
  say(text: string): void {
    this.#text = text;
  }

  /** Makes the text of what was gathered, unless one was made less than a second ago. Whether there is a new one. */
  flush(nowMs: number): boolean {
    if (this.#changed.size === 0 || nowMs - this.#lastMs < gapMs) return false;
    this.#lastMs = nowMs;
    const models = [...this.#changed.values()];
    this.#changed.clear();
    this.#text =
      models.length <= namedAtMost
        ? models.map(({ filename, state }) => `${filename} ${stateSentences[state]}`).join('. ')
        : countedText(models);
    return true;
  }
}

function countedText(models: readonly ModelStatus[]): string {
  const counts = new Map<ModelState, number>();
  for (const { state } of models) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Array.from(
    counts,
    ([state, count]) => `${state}: ${count} ${count === 1 ? 'model' : 'models'}`,
  ).join(', ');
}
