/**
 * Milliseconds until the next of several tries: the first pause, doubling to the last, ±20 % so that many do not come
 * back together.
 * @param failures how many tries failed so far, at least 1
 */
export function backOffMs(
  pauses: { readonly first: number; readonly last: number },
  failures: number,
  random: () => number,
): number {
  const pause = Math.min(pauses.first * 2 ** Math.min(failures - 1, 30), pauses.last);
  return pause * (0.8 + 0.4 * random());
}
