import { fileURLToPath } from 'node:url';
import type { FakeLlamaFault } from './fake-llama-fault.ts';

/** The program and first arguments that start the fake llama-server; append llama-server's own arguments. */
export function fakeLlamaCommand(): { command: string; args: string[] } {
  return { command: process.execPath, args: [fileURLToPath(new URL('fake-llama.ts', import.meta.url))] };
}

/** The environment that makes the fake fail as told, `afterMs` after its start. */
export function fakeLlamaEnv(mode: FakeLlamaFault, afterMs = 0): { FAKE_LLAMA_FAULT: string } {
  return { FAKE_LLAMA_FAULT: `${mode}@${afterMs}` };
}
