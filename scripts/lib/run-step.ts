import { spawn } from 'node:child_process';
import { root } from './bootstrap.mjs';

const running = new Set<ReturnType<typeof spawn>>();

/** Runs a program of this repository, its output passed through. Rejects when it fails. */
export function run(command: string, args: readonly string[] = [], cwd: string = root): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, STORYBOOK_DISABLE_TELEMETRY: '1', FORCE_COLOR: '0' };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    running.add(child);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}`));
    });
  });
}

/** Passes a signal on to whatever runs, so that an interrupted run leaves nothing behind. */
export function passSignalsOn(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      for (const child of running) child.kill(signal);
      process.exitCode = 1;
    });
  }
}
