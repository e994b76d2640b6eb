// The counts of `npm run test:long`: the same tests as in `npm test`, where fewer kills, worlds and rounds have to do.
import { run } from './lib/run-step.ts';

/** What the tests read their counts from. */
const counts = { CORRAL_KILLS: '200', CORRAL_JOB_WORLDS: '20000', CORRAL_ROUNDS: '1000' } as const;

const files = [
  'e2e/jobs-killed.test.ts',
  'packages/core/src/jobs/job-runner.property.test.ts',
  'packages/node-adapter/src/serve.test.ts',
  'packages/node-adapter/src/stores/job-store-kill.test.ts',
  'packages/node-adapter/src/stores/sqlite-kill.test.ts',
] as const;

/** Runs the tests that can be asked for more. Rejects when one fails. */
export async function runLongTests(): Promise<void> {
  Object.assign(process.env, counts);
  // One after the other: they measure what a process holds, and how soon it is there again.
  await run('vitest', ['run', '--maxWorkers', '1', ...files]);
}

if (import.meta.main) await runLongTests();
