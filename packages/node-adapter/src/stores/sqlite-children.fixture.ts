import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Node runs our sources as they are, but for the `.js` that our imports say. */
const hooks = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  const ours = name.startsWith('.') && !context.parentURL.includes('/node_modules/');
  return next(ours ? name.replace(/\\.js$/, '.ts') : name, context);
} });`;

/** Runs a program beside this file in a process of its own. */
function startProgram(name: string, ...words: readonly string[]): ChildProcessWithoutNullStreams {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const loader = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const flags = ['--conditions=@corral/source', '--import', loader];
  return spawn(process.execPath, [...flags, program, ...words]);
}

/** Runs `sqlite-saver.fixture.ts`. */
export function startSaver(file: string, prefix: string, count: number): ChildProcessWithoutNullStreams {
  return startProgram('./sqlite-saver.fixture.ts', file, prefix, String(count));
}

/** Runs `job-saver.fixture.ts`. */
export function startJobSaver(
  stateDir: string,
  jobId: string,
  taskCount: number,
): ChildProcessWithoutNullStreams {
  return startProgram('./job-saver.fixture.ts', stateDir, jobId, String(taskCount));
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
