// `npm run check`: everything that can be judged without running the product.
import path from 'node:path';
import { root } from './lib/bootstrap.mjs';
import { run } from './lib/run-step.ts';

const published = ['core', 'client', 'elements', 'node-adapter', 'bullmq'];

await run('tsc', ['-p', 'tsconfig.tests.json']);
await run('eslint', ['.', '--max-warnings', '0']);
await run('biome', ['check', '--error-on-warnings']);
await run(process.execPath, ['scripts/check-boundaries.ts']);
await run('knip', ['--no-progress']);
for (const name of published) {
  const folder = path.join(root, 'packages', name);
  await run('publint', ['--strict'], folder);
  await run('attw', ['--pack', '.', '--profile', 'esm-only', '--format', 'ascii', '--quiet'], folder);
}
await run('size-limit');
