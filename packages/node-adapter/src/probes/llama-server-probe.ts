import type { CounterReading, ServerProbe, ServerProber, ServerProcess, ServerReading } from '@corral/core';
import { Client } from 'undici';
import { readProcessMemory } from '../host/process-memory.js';
import { type BoundedAnswer, boundedGet, ProbeFailure } from './bounded-get.js';
import { GeneratedTokens } from './generated-tokens.js';
import { parsePrometheusText } from './prometheus-text.js';

/**
 * Watches one llama-server of our own over one kept-alive connection. It asks `/health` first, then `/metrics`, and
 * `/slots` only while requests are running: reading slots of an idle server would keep it from sleeping.
 */
export class LlamaServerProbe implements ServerProbe {
  readonly #process: ServerProcess;
  #client: Client;
  #identityProved = false;
  #tokens = new GeneratedTokens();
  #epoch: string | null = null;
  /** Answers that this build refuses for good are not asked for again. */
  readonly #refused = new Set<string>();

  constructor(process: ServerProcess) {
    this.#process = process;
    this.#client = connect(process.baseUrl);
  }

  async check(signal: AbortSignal): Promise<ServerReading> {
    const memory = await readProcessMemory(this.#process.pid);
    const memoryBytes = memory && memory.anonymousBytes + memory.fileBytes;
    const nothing = { latencyMs: null, generatedTokens: null, memoryBytes, problem: null };
    try {
      const health = await this.#get('/health', signal);
      if (health.status === 503)
        return { ...nothing, condition: 'loading', problem: 'The server says that it is loading' };
      if (health.status !== 200) {
        return {
          ...nothing,
          condition: 'unreachable',
          problem: `The health check was answered with ${health.status}`,
        };
      }
      const foreign = this.#identityProved ? null : await this.#proveIdentity(signal);
      if (foreign !== null) return { ...nothing, condition: 'impostor', problem: foreign };
      this.#identityProved = true;
      const generatedTokens = await this.#readTokens(signal);
      return { ...nothing, condition: 'ready', latencyMs: health.durationMs, generatedTokens };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#reconnect();
      return { ...nothing, condition: 'unreachable', problem: error.message };
    }
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  /**
   * Ours is the server that refuses a caller without a key and knows the key of this start. A server without keys
   * would take any, so both halves are needed. Answers why not, or `null`.
   */
  async #proveIdentity(signal: AbortSignal): Promise<string | null> {
    const without = await this.#get('/props', signal);
    const withKey = await this.#get('/props', signal, this.#process.identityKey);
    if (without.status === 401 && withKey.status === 200) return null;
    // One that breaks proves nothing either way, and is asked again.
    if (withKey.status >= 500) {
      throw new ProbeFailure('protocol', `The server answered \`/props\` with ${withKey.status}`);
    }
    return 'Another server answers on the port: it does not know the key of this start';
  }

  /** Numbers that do not come make the numbers unknown; they say nothing of the server's health. */
  async #readTokens(signal: AbortSignal): Promise<CounterReading | null> {
    try {
      const metrics = await this.#ask('/metrics', signal);
      if (!metrics) return null;
      const samples = parsePrometheusText(metrics.text);
      const finished = samples.get('llamacpp:tokens_predicted_total');
      const processing = samples.get('llamacpp:requests_processing');
      if (finished === undefined || processing === undefined || finished < 0) return null;
      const running = processing > 0 ? await this.#runningTokens(signal) : new Map<number, number>();
      if (!running) return null;
      const epoch = header(metrics, 'process-start-time-unix');
      if (epoch !== this.#epoch) this.#tokens = new GeneratedTokens();
      this.#epoch = epoch;
      return { total: this.#tokens.observe({ finished, running }), atMs: performance.now(), epoch };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#reconnect();
      return null;
    }
  }

  async #runningTokens(signal: AbortSignal): Promise<Map<number, number> | null> {
    const slots = await this.#ask('/slots', signal);
    return slots && parseSlots(slots.text);
  }

  async #ask(path: string, signal: AbortSignal): Promise<BoundedAnswer | null> {
    if (this.#refused.has(path)) return null;
    const answer = await this.#get(path, signal, this.#process.identityKey);
    if (answer.status === 501 || answer.status === 404 || answer.status === 403) this.#refused.add(path);
    return answer.status === 200 ? answer : null;
  }

  #get(path: string, signal: AbortSignal, apiKey?: string): Promise<BoundedAnswer> {
    return boundedGet(this.#client, { path, apiKey, signal });
  }

  /** A connection that failed once is not trusted again. */
  #reconnect(): void {
    void this.#client.destroy();
    this.#client = connect(this.#process.baseUrl);
  }
}

/** Opens probes for servers of our own. */
export const llamaServerProber: ServerProber = { open: (process) => new LlamaServerProbe(process) };

/** Tokens so far of each busy slot, by task id; `null` when the answer is not what a llama-server says. */
export function parseSlots(text: string): Map<number, number> | null {
  let slots: unknown;
  try {
    slots = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(slots)) return null;
  const running = new Map<number, number>();
  for (const slot of slots as readonly (Partial<Slot> | null)[]) {
    if (slot?.is_processing !== true) continue;
    const decoded = [slot.next_token].flat()[0]?.n_decoded;
    // A busy slot that cannot be counted makes the total unknown; without it the rate would be a lie.
    if (typeof slot.id_task !== 'number' || !isCount(decoded)) return null;
    running.set(slot.id_task, decoded);
  }
  return running;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The part of a slot that counts here; older builds have an object where newer ones have an array. */
interface Slot {
  readonly id_task: number;
  readonly is_processing: boolean;
  readonly next_token: SlotToken | SlotToken[];
}
interface SlotToken {
  readonly n_decoded: number;
}

function connect(baseUrl: string): Client {
  // Shorter than the 5 s of llama-server, so that we never write into a connection that it is closing.
  return new Client(baseUrl, {
    pipelining: 1,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 4000,
    maxHeaderSize: 16_384,
  });
}

function header(answer: BoundedAnswer, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : null;
}
