import { spawn } from 'node:child_process';

/** How a finished command ended. `code` is `null` when a signal or the time limit ended it. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of {@link runCommand}. */
export interface RunCommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command is killed with SIGKILL after this long. Default: 10 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program with an argument array, never through a shell, so paths with spaces, quotes or non-ASCII
 * letters need no escaping. Rejects only when the program could not be started.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: RunCommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      // A translated message or a decimal comma would break whoever reads the output.
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 600_000,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Like {@link runCommand}, but a non-zero end rejects with the last lines the command printed. */
export async function runChecked(
  command: string,
  args: readonly string[],
  options?: RunCommandOptions,
): Promise<CommandResult> {
  const result = await runCommand(command, args, options);
  if (result.code === 0) return result;
  const tail = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-4).join('\n');
  throw new Error(`${command} ended with ${result.code ?? 'a signal or timeout'}:\n${tail}`);
}
