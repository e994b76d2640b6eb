import {
  type Clock,
  CorralError,
  childSignal,
  type Endpoint,
  type EndpointCondition,
  type EventHub,
  type HubEvents,
  type LlmRegistry,
  sleep,
  systemClock,
  type Unsubscribe,
} from '@corral/core';
import { isSelf, listenAddresses } from '../egress/self-reference.js';
import type { Logger } from '../logger.js';
import { isPortOpen } from './open-port.js';

/** Where LLM servers listen unless they are told otherwise. */
export const llmServerPorts: readonly number[] = [
  11434, // Ollama
  1234, // LM Studio
  8000, // vLLM
  30000, // SGLang
  8080, // llama.cpp, llama-swap, LocalAI
  5001, // KoboldCpp
  9931, // llama-server
];

/** What a {@link LocalEndpoints} is made of. */
export interface LocalEndpointsOptions {
  readonly registry: Pick<LlmRegistry, 'endpoints' | 'get' | 'register' | 'remove'>;
  readonly events: EventHub<HubEvents>;
  readonly logger: Logger;
  /** Default: {@link llmServerPorts}. */
  readonly ports?: readonly number[];
  /** Ports of this program, where nothing is looked for. Default: none. */
  readonly ownPorts?: readonly number[];
  /** Milliseconds between two looks. Default: 30 000. */
  readonly intervalMs?: number;
  readonly clock?: Clock;
  /** Whether something accepts connections there; for tests. Default: it is tried by TCP. */
  readonly isOpen?: (host: string, port: number, signal: AbortSignal) => Promise<boolean>;
}

/** The addresses of loopback that are tried, in this order; the first that is open stands for both. */
const loopbackHosts = ['127.0.0.1', '::1'] as const;
/** How long a server that was found may be unhealthy, and a port is left alone after that, in ms. */
const patienceMs = 600_000;
/** Something answers and is no LLM server. */
const otherServer: readonly (EndpointCondition | null)[] = [
  'unrecognised',
  'redirect_refused',
  'body_too_large',
  'unexpected_encoding',
];

/**
 * Finds LLM servers on this machine and has them watched as `auto`. A port is first tried by TCP; what is open is
 * registered, so the registry recognises it by its own safe requests. What is no LLM server is forgotten at once, what
 * stays unhealthy for ten minutes then, and such a port is left alone for ten minutes, or until it was seen closed.
 */
export class LocalEndpoints {
  readonly #options: LocalEndpointsOptions;
  readonly #clock: Clock;
  /** What was found here, by endpoint id, and since when it has been unhealthy. */
  readonly #found = new Map<string, { readonly port: number; unhealthySinceMs: number | null }>();
  /** Until when a port is left alone. */
  readonly #quietUntilMs = new Map<number, number>();
  #running:
    | { readonly ended: Promise<void>; readonly abort: () => void; readonly unsubscribe: Unsubscribe }
    | undefined;

  constructor(options: LocalEndpointsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Begins to look, at once and then every interval. Idempotent. */
  start(): void {
    if (this.#running) return;
    const asked = childSignal();
    const judge = ({ endpoint }: { readonly endpoint: Endpoint }): void => this.#judge(endpoint);
    const unsubscribe = this.#options.events.subscribe('endpoint:updated', judge);
    this.#running = { ended: this.#run(asked.signal), abort: () => asked.abort(), unsubscribe };
  }

  /** Stops looking; what was found stays in the registry. Resolves when nothing is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#running?.unsubscribe();
    this.#running?.abort();
    await this.#running?.ended;
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { ports = llmServerPorts, ownPorts = [], intervalMs = 30_000 } = this.#options;
    const looked = [...new Set(ports)].filter((port) => !ownPorts.includes(port));
    while (!signal.aborted) {
      this.#forgetTheUnhealthy();
      await Promise.all(looked.map((port) => this.#look(port, signal)));
      await sleep(this.#clock, intervalMs, signal);
    }
  }

  async #look(port: number, signal: AbortSignal): Promise<void> {
    const { isOpen = isPortOpen, registry, logger } = this.#options;
    if (this.#isKnown(port)) return;
    const open = await Promise.all(loopbackHosts.map((address) => isOpen(address, port, signal)));
    const host = loopbackHosts.find((_, i) => open[i]);
    if (signal.aborted) return;
    // Whatever comes next at a closed port is another program.
    if (host === undefined) this.#quietUntilMs.delete(port);
    if (host === undefined || this.#isQuiet(port)) return;
    try {
      const endpoint = await registry.register({ host, port, source: 'auto' });
      this.#found.set(endpoint.id, { port, unhealthySinceMs: null });
      this.#judge(registry.get(endpoint.id) ?? endpoint);
    } catch (error) {
      // A server of this program, or one that was typed in meanwhile: it is watched, or must not be.
      const isKnown =
        error instanceof CorralError && /^(?:duplicate_endpoint|self_reference)$/.test(error.code);
      if (!isKnown) logger.warn('a server of this machine cannot be watched', { port, error });
      this.#keepQuiet(port);
    }
  }

  /** Whether the registry has something at this port of this machine, whoever brought it and however it is spelt. */
  #isKnown(port: number): boolean {
    const ours = listenAddresses('0.0.0.0', port);
    const loopback = [{ host: '127.0.0.1', port }];
    return this.#options.registry.endpoints().some(({ host, port: at, origin }) => {
      // Loopback, as an agent says it, is the loopback of the agent's own machine.
      if (origin === 'agent' && isSelf(host, at, loopback)) return false;
      return isSelf(host, at, ours);
    });
  }

  #isQuiet(port: number): boolean {
    return this.#clock.now() < (this.#quietUntilMs.get(port) ?? 0);
  }

  #keepQuiet(port: number): void {
    this.#quietUntilMs.set(port, this.#clock.now() + patienceMs);
  }

  #judge({ id, kind, condition, status }: Endpoint): void {
    const found = this.#found.get(id);
    if (!found) return;
    if (kind === null && otherServer.includes(condition)) this.#forget(id, found.port);
    else if (status !== 'unhealthy') found.unhealthySinceMs = null;
    else found.unhealthySinceMs ??= this.#clock.now();
  }

  #forgetTheUnhealthy(): void {
    for (const [id, { port, unhealthySinceMs }] of this.#found) {
      // Removed by a person, or watched by someone else now: it was attached, or is a server of our own.
      const isGone = this.#options.registry.get(id)?.origin !== 'discovered';
      const isLate = unhealthySinceMs !== null && this.#clock.now() - unhealthySinceMs >= patienceMs;
      if (isGone || isLate) this.#forget(id, port);
    }
  }

  #forget(id: string, port: number): void {
    const { registry, logger } = this.#options;
    this.#found.delete(id);
    this.#keepQuiet(port);
    if (registry.get(id)?.origin !== 'discovered') return;
    // The registry may be about to end; then it is gone anyway.
    registry.remove(id).catch((error: unknown) => logger.debug('an endpoint was gone already', { error }));
  }
}
