import { describe, expect, it } from 'vitest';
import { LlamaProcess } from './llama-process.js';

/** How a process ended that wrote one line and exited. */
async function exitAfter(line: string, exitCode: number | null = 1, signal: NodeJS.Signals | null = null) {
  const process = new LlamaProcess({
    // Nobody has this pid, so nothing is signalled.
    pid: 0x3fffff,
    port: 1,
    identityKey: '',
    clientKey: '',
    exit: Promise.resolve({ exitCode, signal }),
    log: {
      start: (stream) => stream().write(Buffer.from(`${line}\n`)),
      end: async () => {},
      release: async () => {},
    },
  });
  return process.exited;
}

describe('the end of a process', () => {
  it.each([
    `gguf_init_from_file: failed to open GGUF file '/home/jane doe/My Models/secret project/x.gguf' (No such file)`,
    `0.00.1 E gguf_init: failed to open GGUF file '/srv/secret project/x.gguf'`,
  ])('is told without folders: %s', async (line) => {
    const { failureCode, message } = await exitAfter(line);
    expect(failureCode).toBe('model_unreadable');
    expect(message).toContain('x.gguf');
    expect(message).not.toMatch(/jane|secret|home|srv/);
  });

  it.each([
    [137, null],
    [null, 'SIGKILL'],
  ] as const)('F8 with %s and %s may be for want of memory', async (exitCode, signal) => {
    expect(await exitAfter('', exitCode, signal)).toMatchObject({ oomSuspected: true, failureCode: null });
    expect(await exitAfter('', 1)).toMatchObject({ oomSuspected: false });
  });
});
