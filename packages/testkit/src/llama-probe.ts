import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/**
 * The version a llama-server reports, such as `0.7.0 (build 11669, commit Debian)` or `4719 (abcdef0)`.
 *
 * @throws Error saying what happened instead when the program does not run or does not answer like llama-server.
 */
export async function probeVersion(command: string): Promise<string> {
  // The first start of a GPU build may compile kernels or wake the card.
  const { code, stdout, stderr } = await runCommand(command, ['--version'], { timeoutMs: 60_000 });
  const version = /^version: (.+)$/m.exec(`${stderr}\n${stdout}`)?.[1]?.trim();
  if (code === 0 && version) return version;
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
  throw new Error(
    `"${command} --version" ended with ${code ?? 'a signal or timeout'}${said ? `: ${said}` : ''}`,
  );
}

/**
 * Whether a llama-server finds a compute backend for this processor.
 *
 * Neither `--version` nor `--list-devices` tells (both succeed without any), but loading a model that does not
 * exist does: it complains about the backends before it looks for the file.
 */
export async function hasBackend(command: string, dir: string): Promise<boolean> {
  const args = ['--model', join(dir, 'no-such-model.gguf'), '--host', '127.0.0.1', '--port', '0'];
  const { stdout, stderr } = await runCommand(command, args, { timeoutMs: 60_000 });
  const text = stdout + stderr;
  return text.includes('failed to load model') && !text.includes('no backends are loaded');
}
