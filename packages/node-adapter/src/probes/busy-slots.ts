import { countOf, parseJson, recordOf, recordsOf } from './json-values.js';

/** What `/slots` says of the slots that work on a request. */
export interface BusySlots {
  /** Tokens generated so far, by the id of the task. */
  readonly running: ReadonlyMap<number, number>;
  /** Tokens in these slots, prompt and answer together; `null` when a build does not tell. */
  readonly contextUsedTokens: number | null;
  /** The context that these slots have together. */
  readonly contextSizeTokens: number | null;
  /** Slots of the server, busy or not. */
  readonly slots: number;
}

/** Reads an answer of `/slots`; `null` when it is not what a llama-server says. */
export function parseSlots(text: string): BusySlots | null {
  const all = recordsOf(parseJson(text));
  if (!all) return null;
  const busy = all.filter((slot) => slot['is_processing'] === true);
  const running = new Map<number, number>();
  for (const slot of busy) {
    // Older builds have an object where newer ones have an array.
    const decoded = countOf(recordOf([slot['next_token']].flat()[0])['n_decoded']);
    const task = slot['id_task'];
    // A busy slot that cannot be counted makes the total unknown; without it the rate would be a lie.
    if (typeof task !== 'number' || decoded === null) return null;
    running.set(task, decoded);
  }
  return {
    running,
    contextUsedTokens: sumOf(busy.map((slot) => slot['n_prompt_tokens'])),
    contextSizeTokens: sumOf(busy.map((slot) => slot['n_ctx'])),
    slots: all.length,
  };
}

/** The sum where all of them are known; of none at all nothing is known. */
function sumOf(values: readonly unknown[]): number | null {
  let total = 0;
  for (const value of values) {
    const count = countOf(value);
    if (count === null) return null;
    total += count;
  }
  return values.length === 0 ? null : total;
}
