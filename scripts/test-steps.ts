// `npm test` on the pinned Node: each step passes or fails, all of them run, and the last line counts them.

import { build } from './build.ts';
import { passSignalsOn, run } from './lib/run-step.ts';

type Step = readonly [name: string, run: () => Promise<void>];

const unitProjects = ['core', 'client', 'testkit', 'node-adapter'];
/** One after the other; those in one line at the same time, since neither keeps a core busy for itself. */
const turns: readonly (readonly Step[])[] = [
  [['build', build]],
  [['unit tests', () => run('vitest', ['run', ...unitProjects.flatMap((name) => ['--project', name])])]],
  [['element tests', () => run('wtr')]],
  [
    [
      'stories',
      () => run('storybook', ['build', '--quiet', '--disable-telemetry', '-o', 'storybook-static']),
    ],
  ],
  [
    ['check', () => run(process.execPath, ['scripts/check.ts'])],
    ['story smoke', () => run(process.execPath, ['scripts/story-smoke.ts'])],
  ],
  [['end to end', () => run('vitest', ['run', '--project', 'e2e'])]],
];

interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly failed: boolean;
}

async function take([name, step]: Step): Promise<Result> {
  console.log(`\n\u25b8 ${name}`);
  const startMs = performance.now();
  const failed = await step().then(
    () => false,
    (error: unknown) => {
      console.error(String(error));
      return true;
    },
  );
  return { name, seconds: (performance.now() - startMs) / 1000, failed };
}

passSignalsOn();
const results: Result[] = [];
for (const steps of turns) {
  results.push(...(await Promise.all(steps.map(take))));
  if (results.some(({ name, failed }) => name === 'build' && failed)) break;
}

console.log('');
for (const { name, seconds, failed } of results)
  console.log(`${failed ? 'FAIL' : 'ok  '} ${name.padEnd(14)} ${seconds.toFixed(1)} s`);
const failures = results.filter((result) => result.failed).length;
console.log(`\n${results.length - failures} passed, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);
