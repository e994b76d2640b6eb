import type { LookupAddress } from 'node:dns';
import {
  addressText,
  type BackendTarget,
  type Endpoint,
  EventHub,
  Hub,
  type HubEvents,
  LaunchFailure,
  LlmRegistry,
  type LlmRegistryOptions,
  ModelManager,
} from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { vi } from 'vitest';
import { listenAddresses } from './egress/self-reference.js';
import { type Api, createApi } from './http/api.js';
import { type Listening, listen } from './http/listen.js';
import { createLogger } from './logger.js';
import { BackendNetwork } from './probes/backend-network.js';
import type { BackendConnection } from './probes/connect-backend.js';

/** An answer of the fleet's API. */
export interface FleetAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  readonly endpoint: Endpoint | undefined;
  readonly code: string | undefined;
  /** The fields that a refusal blames, in order. */
  readonly fields: readonly string[];
}

/** What comes of looking up a name. */
type NameInTest = readonly string[] | 'hangs' | 'breaks';

/** The real network, which in tests goes nowhere but to ports that the test has opened, or closed again. */
class NearNetwork extends BackendNetwork {
  readonly ports = new Set<number>();

  /** Checks that are under way. */
  readonly pending = new Set<Promise<unknown>>();

  override async connect(target: BackendTarget, signal: AbortSignal): Promise<BackendConnection> {
    if (!this.ports.has(target.port))
      return { condition: 'refused', problem: 'The test has not opened this port' };
    const found = await this.#watch(super.connect(target, signal));
    const { backend } = found;
    if (backend) {
      const check = backend.check.bind(backend);
      backend.check = (...given) => this.#watch(check(...given));
    }
    return found;
  }

  #watch<Value>(work: Promise<Value>): Promise<Value> {
    this.pending.add(work);
    return work.finally(() => this.pending.delete(work));
  }
}

/** A hub with the real registry, rules of egress and probes, behind its API on a real port. Names are as the test says. */
export class FleetHouse {
  /** The clock of the API's rates; the registry lives in real time unless the test says otherwise. */
  readonly clock = new SimulatedClock();
  /** Where each name leads: to addresses, to a look-up that never ends or one that breaks. Any other is not known. */
  readonly names: Map<string, NameInTest>;
  /** The names that were looked up. */
  readonly lookedUp: string[] = [];
  readonly registry: LlmRegistry;
  readonly #network: NearNetwork;
  readonly #hub: Hub;
  readonly #api: Api;
  readonly #listening: Listening;

  private constructor(
    listening: Listening,
    names: Record<string, NameInTest>,
    options: Partial<LlmRegistryOptions>,
  ) {
    this.#listening = listening;
    this.names = new Map(Object.entries(names));
    this.#network = new NearNetwork({
      self: listenAddresses('127.0.0.1', listening.port),
      resolve: (name) => this.#resolve(name),
    });
    const events = new EventHub<HubEvents>((error) => {
      throw error;
    });
    const connector = this.#network;
    this.registry = new LlmRegistry({ events, connector, ...options });
    const models = new ModelManager({
      source: { scan: async () => ({ files: [], rejected: [] }) },
      launcher: { launch: () => Promise.reject(new LaunchFailure('spawn_enoent', 'unused')) },
      prober: { open: () => ({ check: () => Promise.reject(new Error('unused')), close: async () => {} }) },
      connector,
      events,
    });
    this.#hub = new Hub({ events, models, registry: this.registry, sampleIntervalMs: 1000 });
    const logger = createLogger({ level: 'error', write: () => {} });
    this.#api = createApi(this.#hub, { clock: this.clock, logger });
  }

  static async open(
    names: Record<string, NameInTest> = {},
    options: Partial<LlmRegistryOptions> = {},
  ): Promise<FleetHouse> {
    // What is served is made last, for it has to know the port.
    const served: { api?: Api } = {};
    const answer: Api['nodeHandler'] = (...exchange) => served.api?.nodeHandler(...exchange);
    const house = new FleetHouse(await listen(answer, '127.0.0.1', 0), names, options);
    served.api = house.#api;
    return house;
  }

  /** The port of the hub itself. */
  get port(): number {
    return this.#listening.port;
  }

  /** Lets the hub call a port that the test has opened. */
  allow({ port }: { readonly port: number }): void {
    this.#network.ports.add(port);
  }

  /** Asks for an endpoint to be registered. A text is sent as it is. */
  async post(body: unknown): Promise<FleetAnswer> {
    return this.ask(
      '/api/registry/endpoints',
      'POST',
      typeof body === 'string' ? body : JSON.stringify(body),
    );
  }

  /** Registers what answers at a port of this machine, and lets the hub call it; answers its id. */
  async register(target: { readonly port: number }, more: object = {}): Promise<string> {
    this.allow(target);
    await this.clock.advance(60_000);
    const { endpoint, text } = await this.post({ host: '127.0.0.1', port: target.port, ...more });
    if (!endpoint) throw new Error(`Expected it to be registered, got ${text}`);
    return endpoint.id;
  }

  /** Checks it now; answers what was found. */
  async check(id: string): Promise<Endpoint> {
    const { endpoint, text } = await this.ask(
      `/api/registry/endpoints/${encodeURIComponent(id)}/check`,
      'POST',
    );
    if (!endpoint) throw new Error(`Expected it to be checked, got ${text}`);
    return endpoint;
  }

  /** Resolves when no check is under way. */
  async settled(): Promise<void> {
    do {
      await Promise.all(this.#network.pending);
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#network.pending.size > 0);
  }

  /** Every endpoint, as the API tells. */
  async endpoints(): Promise<readonly Endpoint[]> {
    const { text } = await this.ask('/api/registry');
    return (JSON.parse(text) as { endpoints: Endpoint[] }).endpoints;
  }

  /** Waits until what the API says of an endpoint is as expected. */
  async until(id: string, isSo: (endpoint: Endpoint) => boolean): Promise<Endpoint> {
    return vi.waitFor(
      async () => {
        const endpoint = (await this.endpoints()).find((each) => each.id === id);
        if (!endpoint || !isSo(endpoint)) throw new Error(`Not yet: ${JSON.stringify(endpoint)}`);
        return endpoint;
      },
      { timeout: 15_000, interval: 50 },
    );
  }

  async ask(path: string, method = 'GET', body?: string): Promise<FleetAnswer> {
    const response = await fetch(`${this.#listening.url}${path}`, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get('content-type')?.includes('json');
    const { endpoint, error } = (isJson ? JSON.parse(text) : {}) as {
      endpoint?: Endpoint;
      error?: { code: string; details?: { fields?: object } };
    };
    const fields = Object.keys(error?.details?.fields ?? {});
    return { status, headers, text, endpoint, code: error?.code, fields };
  }

  async dispose(): Promise<void> {
    await this.#listening.close();
    this.#api.dispose();
    await this.#hub.dispose();
  }

  async #resolve(name: string): Promise<LookupAddress[]> {
    this.lookedUp.push(name);
    const found = this.names.get(name);
    if (found === 'hangs') return new Promise(() => {});
    if (found === 'breaks') throw Object.assign(new Error('no answer'), { code: 'EAI_AGAIN' });
    if (!found) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }
}

/** Where an endpoint is, in one text. */
export const placeOf = (endpoint: Endpoint | undefined): string | undefined =>
  endpoint && addressText(endpoint);
