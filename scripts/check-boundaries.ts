// Checks the import direction, and that the check itself still bites: faults are planted and must be found.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/bootstrap.mjs';
import { run } from './lib/run-step.ts';

const plants = [
  {
    fault: 'core uses the DOM',
    file: 'packages/core/src/planted.ts',
    code: 'export const title = document.title;',
    checker: 'tsc',
  },
  {
    fault: 'core uses Node',
    file: 'packages/core/src/planted.ts',
    code: 'export const home = process.env;',
    checker: 'tsc',
  },
  {
    fault: 'elements use Node',
    file: 'packages/elements/src/planted.ts',
    code: "export { cwd } from 'node:process';",
    checker: 'tsc',
  },
  {
    fault: 'the adapter uses the DOM',
    file: 'packages/node-adapter/src/planted.ts',
    code: 'export const title = document.title;',
    checker: 'tsc',
  },
  {
    fault: 'core imports the adapter',
    file: 'packages/core/src/planted.ts',
    code: "export { createHub } from '@corral/node-adapter';",
    checker: 'depcruise',
  },
  {
    fault: 'an element imports the client',
    file: 'packages/elements/src/planted.ts',
    code: "export { connect } from '@corral/client';",
    checker: 'depcruise',
  },
  {
    fault: 'elements load the wire schemas',
    file: 'packages/elements/src/planted.ts',
    code: "export { errorSchema } from '@corral/core/wire';",
    checker: 'depcruise',
  },
] as const;

await run('depcruise', ['packages', '--include-only', '^packages', '--config', '.dependency-cruiser.cjs']);
const missed = plants.filter((plant) => !isFound(plant)).map(({ fault }) => fault);
for (const fault of missed) console.error(`a planted fault was not found: ${fault}`);
if (missed.length > 0) process.exit(1);
console.log(`${plants.length} planted faults were found`);

function isFound({ file, code, checker }: (typeof plants)[number]): boolean {
  const planted = path.join(root, file);
  writeFileSync(planted, `${code}\n`);
  try {
    const folder = file.split('/').slice(0, 2).join('/');
    const args =
      checker === 'tsc'
        ? ['-p', folder, '--noEmit']
        : [folder, '--include-only', '^packages', '--config', '.dependency-cruiser.cjs'];
    return spawnSync(checker, args, { cwd: root, stdio: 'ignore' }).status !== 0;
  } finally {
    rmSync(planted);
  }
}
