import { SPACE, type TinyVocabulary } from './tiny-vocabulary.ts';

const DIGITS = '0 1 2 3 4 5 6 7 8 9'.split(' ');
const OPEN_QUOTE = `${SPACE}"`;

/**
 * What tends to follow a mark in JSON, as smallest probabilities. A story teaches none of this, and without it a
 * model held to a JSON grammar writes endless numbers and lists. Values only count relative to each other; in
 * free text they are too small to be chosen, or follow marks which free text does not have.
 */
const HABITS: ReadonlyArray<
  readonly [after: readonly string[], next: readonly string[], probability: number]
> = [
  [['{', '[', ':'], [OPEN_QUOTE], 0.3],
  [['{', '[', ':', SPACE], [...DIGITS, '{', '[', 't', 'f'], 0.02],
  [[SPACE], ['"'], 0.3],
  [DIGITS, DIGITS, 0.02],
  [DIGITS, [',', '}', ']'], 0.2],
  [[','], DIGITS, 0.0004],
  [['."', ',"', '?"', '}', ']', 'e'], [',', '}', ']'], 0.002],
];

/** Looks up the smallest probability of the token `next` after the component `context`; 0 if there is none. */
export function makeJsonHabits(vocabulary: TinyVocabulary): (context: number, next: number) => number {
  const table = new Map<number, Map<number, number>>();
  const idsOf = (texts: readonly string[]) => texts.map(vocabulary.idOf).filter((id) => id !== undefined);
  for (const [after, next, probability] of HABITS) {
    for (const id of idsOf(after)) {
      const context = vocabulary.tokens[id]?.context ?? 0;
      const row = table.get(context) ?? new Map<number, number>();
      for (const nextId of idsOf(next)) row.set(nextId, probability);
      table.set(context, row);
    }
  }
  return (context, next) => table.get(context)?.get(next) ?? 0;
}
