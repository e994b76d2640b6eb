// `npm run check`: everything that can be judged without running the product.
import path from 'node:path';
import { root } from './lib/bootstrap.mjs';
import { run } from './lib/run-step.ts';

const published = ['core', 'client', 'elements', 'node-adapter', 'bullmq'];

// The linter knows all types and takes about as long as the rest together.
const halves = await Promise.allSettled([run('eslint', ['.', '--max-warnings', '0']), everythingElse()]);
for (const half of halves) if (half.status === 'rejected') throw half.reason;
// It plants faults, which nobody else should find.
await run(process.execPath, ['scripts/check-boundaries.ts']);

async function everythingElse(): Promise<void> {
  await run('tsc', ['-p', 'tsconfig.tests.json']);
  await run('biome', ['check', '--error-on-warnings']);
  await run('knip', ['--no-progress']);
  for (const name of published) {
    const folder = path.join(root, 'packages', name);
    await run('publint', ['--strict'], folder);
    await run('attw', ['--pack', '.', '--profile', 'esm-only', '--format', 'ascii', '--quiet'], folder);
  }
  await run('size-limit');
}
