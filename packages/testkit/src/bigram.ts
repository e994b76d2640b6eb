/** Counts of which item follows which, with a share of general frequency mixed in. */
export interface Bigram {
  /** Says that `next` was seen `weight` times after `context`. */
  observe(context: number, next: number, weight?: number): void;
  /** The probabilities of all items after `context`; they add up to 1. */
  probabilitiesAfter(context: number): Float64Array;
}

/**
 * A model of item pairs, such as words. `smoothing` is the share (0 to 1) of each prediction that comes from how
 * frequent an item is overall: it lets a text wander off instead of repeating what was read, and gives contexts
 * never seen something to say.
 */
export function createBigram(itemCount: number, smoothing: number): Bigram {
  const followers = new Map<number, Map<number, number>>();
  const frequency = new Float64Array(itemCount);
  let total = 0;

  return {
    observe(context, next, weight = 1) {
      const row = followers.get(context) ?? new Map<number, number>();
      followers.set(context, row.set(next, (row.get(next) ?? 0) + weight));
      frequency[next] = (frequency[next] ?? 0) + weight;
      total += weight;
    },
    probabilitiesAfter(context) {
      const row = followers.get(context) ?? new Map<number, number>();
      const rowTotal = [...row.values()].reduce((sum, weight) => sum + weight, 0);
      const general = rowTotal === 0 ? 1 : smoothing;
      const result = frequency.map((weight) => (total === 0 ? 1 / itemCount : (general * weight) / total));
      for (const [next, weight] of row)
        result[next] = (result[next] ?? 0) + ((1 - general) * weight) / rowTotal;
      return result;
    },
  };
}
