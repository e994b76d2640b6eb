import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Node runs our sources as they are, but for the `.js` that our imports say. */
const hooks = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  const ours = name.startsWith('.') && !context.parentURL.includes('/node_modules/');
  return next(ours ? name.replace(/\\.js$/, '.ts') : name, context);
} });`;

/** Runs `sqlite-saver.fixture.ts` in a process of its own. */
export function startSaver(file: string, prefix: string, count: number): ChildProcessWithoutNullStreams {
  const program = fileURLToPath(new URL('./sqlite-saver.fixture.ts', import.meta.url));
  const loader = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const flags = ['--conditions=@corral/source', '--import', loader];
  return spawn(process.execPath, [...flags, program, file, prefix, String(count)]);
}

/** Holds the write lock of a store for `ms`, in a process of its own. Resolves when it has it. */
export async function holdWriteLock(file: string, ms: number): Promise<void> {
  const script = `
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const db = new DatabaseSync(process.argv[1]);
    db.exec('BEGIN IMMEDIATE');
    process.stdout.write('held');
    setTimeout(() => db.exec('COMMIT'), ${ms});`;
  const child = spawn(process.execPath, ['-e', script, file]);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('It ended without the lock')));
  });
}
