import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first truthy answer of `look`; fails with `what` after `withinMs`. */
export async function until<Answer>(
  what: string,
  look: () => Answer | Promise<Answer>,
  withinMs = 20_000,
): Promise<NonNullable<Answer>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(25);
  }
}
