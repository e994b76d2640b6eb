import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type RemoteHub } from '@corral/client';
import { type CorralProcess, startCorral } from './corral-process.js';
import {
  type ScriptedUpstream,
  startScriptedUpstream,
  type UpstreamCall,
  usagePerCall,
} from './scripted-upstream.js';

const price = { inputUsdPer1M: 2, outputUsdPer1M: 10 };

/** What each call of the scripted servers costs. */
export const callUsd =
  (usagePerCall.inputTokens * price.inputUsdPer1M + usagePerCall.outputTokens * price.outputUsdPer1M) / 1e6;

/** A `corral serve` process that can be started again, with prices, over scripted servers that outlive it. */
export class ScriptedHub {
  readonly #stateDir = mkdtempSync(path.join(tmpdir(), 'corral-scripted-'));
  readonly #upstreams: ScriptedUpstream[] = [];
  #corral: CorralProcess | undefined;
  #hub: RemoteHub | undefined;

  /** Starts three servers and the hub, which watches them. @param answerMs how long an answer takes */
  static async start(answerMs: () => number): Promise<ScriptedHub> {
    const scripted = new ScriptedHub();
    for (let i = 0; i < 3; i++) scripted.#upstreams.push(await startScriptedUpstream('scripted', answerMs));
    await scripted.start();
    for (const { port } of scripted.#upstreams)
      await scripted.hub.registerEndpoint({ host: '127.0.0.1', port });
    return scripted;
  }

  /** The hub that runs now. */
  get hub(): RemoteHub {
    if (!this.#hub) throw new Error('Expected a hub that runs');
    return this.#hub;
  }

  get url(): string {
    return this.#corral?.url ?? '';
  }

  /** Everything that the servers were asked. */
  get calls(): readonly UpstreamCall[] {
    return this.#upstreams.flatMap(({ calls }) => calls);
  }

  /** What the servers would send a bill for: whole answers. */
  get paidUsd(): number {
    return this.calls.filter(({ finished }) => finished).length * callUsd;
  }

  /** Starts a hub on what an earlier one left. */
  async start(): Promise<void> {
    const pricesFile = path.join(this.#stateDir, 'prices.json');
    writeFileSync(pricesFile, JSON.stringify([{ model: 'scripted', ...price }]));
    const modelsDir = path.join(this.#stateDir, 'no-models');
    this.#corral = await startCorral({
      stateDir: this.#stateDir,
      modelsDir,
      args: ['--prices', pricesFile, '--max-output-tokens', '500'],
    });
    this.#hub = connect(this.#corral.url, { share: false });
  }

  /** Kills it as a power cut would. */
  async kill(): Promise<void> {
    await this.#corral?.kill('SIGKILL');
    this.#hub?.close();
  }

  async dispose(): Promise<void> {
    this.#hub?.close();
    await this.#corral?.dispose();
    await Promise.all(this.#upstreams.map((upstream) => upstream.close()));
    await rm(this.#stateDir, { recursive: true, force: true });
  }
}

/** Tasks that the scripted servers know by their numbers. */
export function numberedTasks(count: number): { readonly prompt: string }[] {
  return Array.from({ length: count }, (_, i) => ({ prompt: `[[task-${i + 1}]]` }));
}
