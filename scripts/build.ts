import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/bootstrap.mjs';
import { run } from './lib/run-step.ts';

const stamp = path.join(root, '.cache', 'build-stamp');
const sources = [
  'packages/*/src/**/*.ts',
  'packages/*/{package,tsconfig}.json',
  'packages/node-adapter/dashboard/*',
  'rollup.config.mjs',
  'tsconfig*.json',
  'package-lock.json',
];
const products = [
  'packages/node-adapter/dist/cli.js',
  'packages/elements/cdn/corral.min.js',
  'packages/core/dist/index.d.ts',
];

/** Builds all packages, unless nothing has changed since the last build. */
export async function build(): Promise<void> {
  const hash = hashOfSources();
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash &&
    products.every((file) => existsSync(path.join(root, file)))
  )
    return;
  // tsc skips declarations that its build info believes in, so what is incomplete goes together.
  if (!products.every((file) => existsSync(path.join(root, file)))) clean();
  await run('tsc', ['-b']);
  await run('rollup', ['-c', '--silent']);
  await run('cem', ['analyze', '--quiet'], path.join(root, 'packages', 'elements'));
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function clean(): void {
  for (const folder of globSync('packages/*/{build,dist,cdn}', { cwd: root }))
    rmSync(path.join(root, folder), { recursive: true });
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const file of globSync(sources, { cwd: root }).sort()) {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

if (import.meta.main) await build();
