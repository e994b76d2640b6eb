import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Node runs our sources as they are, but for the `.js` that our imports say. */
const hooks = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  const ours = name.startsWith('.') && !context.parentURL.includes('/node_modules/');
  return next(ours ? name.replace(/\\.js$/, '.ts') : name, context);
} });`;

/** A worker in a process of its own. */
export interface WorkerProcess {
  /** Tasks that it has begun, as `id#attempt`. */
  readonly begun: readonly string[];
  readonly isRunning: boolean;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
}

/** How {@link startWorkerProcess} starts one. */
export interface WorkerProcessOptions {
  readonly url: string;
  readonly queueName: string;
  readonly lockMs: number;
  readonly concurrency?: number;
}

/** Starts a worker in a process of its own, and waits until it takes tasks. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL('./worker-process.fixture.ts', import.meta.url));
  const loader = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const { url, queueName, lockMs, concurrency = 1 } = options;
  const words = [url, queueName, `${lockMs}`, `${concurrency}`];
  const flags = ['--conditions=@corral/source', '--import', loader];
  const child = spawn(process.execPath, [...flags, program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const begun: string[] = [];
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  await isReady(child, begun);
  return {
    begun,
    ended,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    signal: (name) => {
      child.kill(name);
    },
  };
}

function isReady(child: ChildProcess, begun: string[]): Promise<void> {
  return new Promise((ready, failed) => {
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('close', () => failed(new Error(`The worker ended before it was ready:\n${complaint}`)));
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines)
        if (line === 'ready') ready();
        else begun.push(line);
    });
  });
}
