/**
 * From how many ms between two readings on nobody knows what was between them: 2.5 times the usual step, which is the
 * median, so that a hole does not make itself look usual. `Infinity` for fewer than three readings.
 */
export function gapMs(atMs: readonly number[]): number {
  return atMs.length < 3 ? Infinity : usualStepMs(atMs) * 2.5;
}

/** The median time between two readings in ms; 0 for fewer than two. */
export function usualStepMs(atMs: readonly number[]): number {
  const steps: number[] = [];
  for (let i = 1; i < atMs.length; i++) {
    const step = (atMs[i] as number) - (atMs[i - 1] as number);
    if (step > 0) steps.push(step);
  }
  steps.sort((a, b) => a - b);
  return steps[(steps.length - 1) >> 1] ?? 0;
}
