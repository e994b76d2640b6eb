import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { keptText, removeFile, writePrivateFile } from './private-files.js';

/** The keys of one start of a server, and the file in which it reads them. */
export interface StartKeys {
  /** Random for this start: who knows it is the process that we started. */
  readonly identityKey: string;
  /** The key that people use; the same for every start of the model. */
  readonly clientKey: string;
  /** Read by llama-server at its start. */
  readonly keyFile: string;
  /** Removes the key file. */
  dispose(): Promise<void>;
}

/** Makes and keeps the keys of our servers in the state directory, each file readable by its owner alone. */
export class ServerKeys {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  /** The stable client key of a model; made at its first use. */
  clientKey(modelId: string): Promise<string> {
    return keptText(path.join(this.#stateDir, 'client-keys', `${modelId}.key`), newKey);
  }

  /** Removes the key files that a killed hub left behind. Only for the holder of the state directory. */
  async clearStartKeys(): Promise<void> {
    await rm(path.join(this.#stateDir, 'start-keys'), { recursive: true, force: true });
  }

  /** The keys of one more start of a model. */
  async forStart(modelId: string): Promise<StartKeys> {
    const clientKey = await this.clientKey(modelId);
    const identityKey = newKey();
    const keyFile = path.join(this.#stateDir, 'start-keys', `${modelId}-${identityKey.slice(0, 8)}.keys`);
    await writePrivateFile(keyFile, `${identityKey}\n${clientKey}\n`);
    return { identityKey, clientKey, keyFile, dispose: () => removeFile(keyFile) };
  }
}

function newKey(): string {
  return randomBytes(24).toString('hex');
}
