import type {
  ProbeHints,
  ServerMemory,
  ServerProbe,
  ServerProber,
  ServerProcess,
  ServerReading,
} from '@corral/core';
import { Client } from 'undici';
import { ProcessMemoryReader } from '../host/process-memory.js';
import type { Logger } from '../logger.js';
import type { BoundedAnswer } from './bounded-request.js';
import { LlamaNumbers, numbersOrNull } from './llama-numbers.js';
import { type LlamaProps, parseProps } from './llama-props.js';
import { ProbeFailure } from './probe-failure.js';
import { type ConnectClient, clientOptions, ServerConnection } from './server-connection.js';
import { type ServerLog, ServerLogs } from './server-log.js';

/** What a {@link LlamaServerProbe} watches with. */
export interface LlamaServerProbeOptions extends ProbeHints {
  readonly readMemory: (pid: number) => Promise<ServerMemory | null>;
  /** Makes the client. Default: one without further rules, since our own servers are on this machine. */
  readonly connect?: ConnectClient;
  /** Default: nobody hears what is odd about it. */
  readonly log?: ServerLog | undefined;
}

/**
 * Watches one llama-server of our own over one kept-alive connection. It asks `/health` first and then for the numbers.
 * Of a server that may sleep, `/props` comes between the two while it is idle: what is found asleep is left alone.
 */
export class LlamaServerProbe implements ServerProbe {
  readonly #process: ServerProcess;
  readonly #options: LlamaServerProbeOptions;
  readonly #connection: ServerConnection;
  readonly #numbers: LlamaNumbers;
  #identityProved = false;

  constructor(process: ServerProcess, options: LlamaServerProbeOptions) {
    this.#process = process;
    this.#options = options;
    const { log } = options;
    this.#numbers = new LlamaNumbers(log);
    const location = { origin: process.baseUrl, basePath: '', apiKey: null, log };
    this.#connection = new ServerConnection(
      location,
      options.connect ?? ((origin) => new Client(origin, clientOptions)),
    );
  }

  async check(signal: AbortSignal): Promise<ServerReading> {
    const memory = await this.#options.readMemory(this.#process.pid);
    const nothing = { latencyMs: null, numbers: null, memory, problem: null };
    try {
      const health = await this.#connection.get('/health', signal);
      if (health.status === 503)
        return { ...nothing, condition: 'loading', problem: 'The server says that it is loading' };
      if (health.status !== 200) {
        const problem = `The health check was answered with ${health.status}`;
        return { ...nothing, condition: 'unreachable', problem };
      }
      const proof = this.#identityProved ? undefined : await this.#proveIdentity(signal);
      if (proof === null) {
        const problem = 'Another server answers on the port: it does not know the key of this start';
        return { ...nothing, condition: 'impostor', problem };
      }
      this.#identityProved = true;
      return { ...nothing, latencyMs: health.durationMs, ...(await this.#look(proof, signal)) };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#distrust(error);
      // With no file descriptor left here, nothing at all is known of the server there.
      const condition = error.reason === 'local_resource' ? 'unchecked' : 'unreachable';
      return { ...nothing, condition, problem: error.message };
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /**
   * Ours is the server that refuses a caller without a key and knows the key of this start. A server without keys
   * would take any, so both halves are needed. Answers what it says of itself, or `null` when it is not ours.
   */
  async #proveIdentity(signal: AbortSignal): Promise<LlamaProps | null> {
    const without = await this.#connection.get('/props', signal);
    const withKey = await this.#get('/props', signal);
    if (without.status === 401 && withKey.status === 200) {
      const props = parseProps(withKey.text);
      this.#numbers.knowSlots(props.slots);
      return props;
    }
    // One that breaks proves nothing either way, and is asked again.
    if (withKey.status >= 500) {
      throw new ProbeFailure('protocol', `The server answered \`/props\` with ${withKey.status}`);
    }
    return null;
  }

  /** What does not come now makes the numbers unknown; it says nothing of the server's health. */
  async #look(
    seen: LlamaProps | undefined,
    signal: AbortSignal,
  ): Promise<Pick<ServerReading, 'condition' | 'numbers'>> {
    try {
      const isSleeping = await this.#isSleeping(seen, signal);
      if (isSleeping) return { condition: 'sleeping', numbers: null };
      if (isSleeping === null) return { condition: 'ready', numbers: null };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#distrust(error);
      return { condition: 'ready', numbers: null };
    }
    const ask = (page: string): Promise<BoundedAnswer> => this.#get(page, signal);
    const numbers = await numbersOrNull(this.#numbers, ask, (failure) => this.#distrust(failure));
    return { condition: 'ready', numbers };
  }

  /** `null`: it did not say, so nothing is asked of it that might wake it. */
  async #isSleeping(seen: LlamaProps | undefined, signal: AbortSignal): Promise<boolean | null> {
    // With requests running it cannot sleep.
    if (!this.#options.maySleep || this.#numbers.isBusy) return false;
    if (seen) return seen.isSleeping ?? false;
    const answer = await this.#get('/props', signal);
    return answer.status === 200 ? (parseProps(answer.text).isSleeping ?? false) : null;
  }

  #get(path: string, signal: AbortSignal): Promise<BoundedAnswer> {
    return this.#connection.get(path, signal, this.#process.identityKey);
  }

  #distrust({ reason }: ProbeFailure): void {
    if (reason !== 'local_resource') this.#connection.renew();
  }
}

/**
 * Opens probes for servers of our own; they share one reader of memory, so graphics cards are asked once for all.
 * @param logger hears what is odd about a server, once a minute. Default: nobody does
 */
export function llamaServerProber(memory = new ProcessMemoryReader(), logger?: Logger): ServerProber {
  const logs = logger && new ServerLogs(logger);
  return {
    open: (process, { maySleep }) =>
      new LlamaServerProbe(process, {
        maySleep,
        readMemory: (pid) => memory.read(pid),
        log: logs?.of(process.baseUrl),
      }),
  };
}
