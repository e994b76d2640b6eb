import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Hub } from '@corral/core';
import { type FakeLlamaFault, fakeLlamaCommand, fakeLlamaEnv, writeSmallGguf } from '@corral/testkit';
import { afterEach, beforeEach, expect } from 'vitest';
import { type CreateHubOptions, createHub } from './compose.js';
import { createLogger } from './logger.js';
import type { LlamaCommand } from './process/llama-launcher.js';
import { identify } from './process/process-identity.js';

/** A folder with one model, hubs over it, and the processes that they start: for the tests of one file. */
export class HubHouse {
  /** Between SIGTERM and SIGKILL, in ms. */
  readonly graceMs = 500;
  folder = '';
  /** In the environment of every process of this test. */
  mark = '';
  ports = { from: 0, to: 0 };
  /** What the hubs log. */
  readonly log: string[] = [];
  /** What is to be undone after the test, the newest first. */
  readonly dispose: (() => unknown)[] = [];

  /** A house that is set up before each test of the file, and whose processes must all be gone after it. */
  static forEachTest(): HubHouse {
    const house = new HubHouse();
    beforeEach(() => house.#begin());
    afterEach(() => house.#end());
    return house;
  }

  /** Living processes that were started by this test. */
  async marked(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        const isOurs = environment.split('\0').includes(`CORRAL_TEST_MARK=${this.mark}`);
        return isOurs && (await identify(pid)) ? [pid] : [];
      }),
    );
    return found.flat();
  }

  /** The fake llama-server, with a fault or without. */
  fake(fault?: FakeLlamaFault, afterMs = 0, more: Record<string, string> = {}): LlamaCommand {
    const env = { CORRAL_TEST_MARK: this.mark, ...(fault && fakeLlamaEnv(fault, afterMs)), ...more };
    return { ...fakeLlamaCommand(), env };
  }

  /** A hub, and the id of its first model. */
  async make(
    llamaServer: NonNullable<CreateHubOptions['llamaServer']> = this.fake(),
    more: CreateHubOptions = {},
  ): Promise<{ readonly hub: Hub; readonly id: string }> {
    const hub = await createHub({
      modelsDir: path.join(this.folder, 'models'),
      stateDir: path.join(this.folder, 'state'),
      llamaServer,
      portRange: this.ports,
      sampleIntervalMs: 200,
      stopGraceMs: this.graceMs,
      logger: createLogger({ level: 'info', write: (line) => this.log.push(line) }),
      ...more,
    });
    this.dispose.push(() => hub.dispose());
    return { hub, id: hub.models()[0]?.modelId ?? '' };
  }

  async #begin(): Promise<void> {
    this.folder = await mkdtemp(path.join(tmpdir(), 'corral-house-'));
    this.mark = randomBytes(8).toString('hex');
    const from = randomInt(20_000, 32_000);
    this.ports = { from, to: from + 9 };
    this.log.length = 0;
    await mkdir(path.join(this.folder, 'models'));
    await writeSmallGguf(path.join(this.folder, 'models', 'meadow.gguf'));
  }

  async #end(): Promise<void> {
    for (const undo of this.dispose.splice(0).reverse()) await undo();
    const left = await this.marked();
    for (const pid of left) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
    // Whatever a test did: dispose leaves no process.
    expect(left).toEqual([]);
  }
}

/** Starts a model and waits until it is ready; answers its pid. */
export async function ready(hub: Hub, id: string): Promise<number> {
  await hub.startModel(id);
  const { pid } = await hub.modelManager.whenReady(id, AbortSignal.timeout(15_000));
  return pid as number;
}
