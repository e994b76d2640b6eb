// `npm test` on the pinned Node: each step passes or fails, all of them run, and the last line counts them.

import { build } from './build.ts';
import { passSignalsOn, run } from './lib/run-step.ts';

const steps: readonly [string, () => Promise<void>][] = [
  ['build', build],
  ['check', () => run(process.execPath, ['scripts/check.ts'])],
  ['unit tests', () => run('vitest', ['run', '--project', '!e2e*'])],
  ['element tests', () => run('wtr')],
  ['stories', () => run('storybook', ['build', '--quiet', '--disable-telemetry', '-o', 'storybook-static'])],
  ['story smoke', () => run(process.execPath, ['scripts/story-smoke.ts'])],
  ['end to end', () => run('vitest', ['run', '--project', 'e2e*'])],
];

passSignalsOn();
const results: { name: string; seconds: number; failed: boolean }[] = [];
for (const [name, step] of steps) {
  console.log(`\n\u25b8 ${name}`);
  const startMs = performance.now();
  const failed = await step().then(
    () => false,
    (error: unknown) => {
      console.error(String(error));
      return true;
    },
  );
  results.push({ name, seconds: (performance.now() - startMs) / 1000, failed });
  if (name === 'build' && failed) break;
}

console.log('');
for (const { name, seconds, failed } of results)
  console.log(`${failed ? 'FAIL' : 'ok  '} ${name.padEnd(14)} ${seconds.toFixed(1)} s`);
const failures = results.filter((result) => result.failed).length;
console.log(`\n${results.length - failures} passed, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);
