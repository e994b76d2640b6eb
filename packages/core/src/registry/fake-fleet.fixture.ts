import { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { Heard } from '../models/fake-servers.fixture.js';
import { SimulatedClock } from '../testing/simulated-clock.js';
import type { AgentReport, ReportedEndpoint } from './agent-report.js';
import type { Endpoint, EndpointCondition } from './endpoint.js';
import { aborted, type FakeBackend, FakeEndpointStore, FakeNetwork } from './fake-backends.fixture.js';
import type { ResourceReading } from './host-resources.js';
import { LlmRegistry, type LlmRegistryOptions } from './llm-registry.js';
import type { BackendReading } from './ports.js';

/** A registry with everything around it, on a clock that stands still. */
export class FakeFleet {
  readonly clock = new SimulatedClock();
  readonly network = new FakeNetwork();
  readonly store: FakeEndpointStore;
  readonly events = new EventHub<HubEvents>((error) => {
    throw error;
  });
  readonly heard: Heard[] = [];
  readonly registry: LlmRegistry;

  constructor(options: Partial<LlmRegistryOptions> = {}, store = new FakeEndpointStore()) {
    const { events, clock, network: connector } = this;
    this.store = store;
    this.registry = new LlmRegistry({ events, clock, connector, store, random: () => 0.5, ...options });
    events.subscribeAny((name, payload) => this.heard.push({ name, payload } as Heard));
  }

  /** Registers `h:<port>`. */
  register(port = 1): Promise<Endpoint> {
    return this.registry.register({ host: 'h', port });
  }

  /** `h:<port>` as it is known. */
  at(port = 1): Endpoint {
    return this.registry.get(idAt(port))!;
  }

  /** The payloads of one event, oldest first. */
  of<Name extends keyof HubEvents>(name: Name): HubEvents[Name][] {
    return this.heard.filter((event) => event.name === name).map(({ payload }) => payload as HubEvents[Name]);
  }

  /** The statuses that `h:<port>` went through, each with its condition. */
  path(port = 1): string[] {
    return this.of('endpoint:updated')
      .filter(({ endpoint }) => endpoint.id === idAt(port))
      .map(({ endpoint }) => `${endpoint.status} ${endpoint.condition}`)
      .filter((step, i, all) => step !== all[i - 1]);
  }

  /** What is left when the registry should be gone. */
  get leftovers(): { readonly timers: number; readonly listeners: number } {
    return { timers: this.clock.timerCount, listeners: this.events.listenerCount - 1 };
  }
}

/** The id of `h:<port>`. */
export const idAt = (port = 1): string => `http://h:${port}`;

/** What a check finds that was not answered well. */
export function missedReading(condition: EndpointCondition = 'timeout'): BackendReading {
  return { condition, latencyMs: null, models: null, problem: 'It did not answer as it should' };
}

/** A check that is never answered: it times out. */
export async function hanging(signal: AbortSignal): Promise<BackendReading> {
  await aborted(signal);
  return missedReading();
}

/** Half of a machine. */
export const someResources: ResourceReading = {
  cpuPercent: 50,
  cpuCount: 8,
  ramUsed: 8e9,
  ramTotal: 16e9,
  ramLimit: 'host',
  vramUsed: 4e9,
  vramTotal: 8e9,
  memoryKind: 'discrete',
  memoryPressurePercent: 0,
  gpus: [
    {
      index: 0,
      name: 'Card',
      vramUsed: 4e9,
      vramTotal: 8e9,
      utilizationPercent: 9,
      temperatureC: 50,
      powerW: 99,
    },
  ],
};

/** An Ollama on the agent's own machine. */
export const someEndpoint: ReportedEndpoint = {
  name: 'ollama',
  scheme: 'http',
  host: '127.0.0.1',
  port: 11_434,
  basePath: '',
  kind: 'ollama',
  status: 'healthy',
  condition: 'ok',
  models: [{ name: 'llama3', state: 'ready', sizeBytes: 5e9, vramBytes: 5e9 }],
  latencyMs: 2,
  queueDepth: 0,
};

/** A report of an agent, each second one. */
export function someReport(seq: number, facts: Partial<AgentReport> = {}): AgentReport {
  return {
    seq,
    at: '2026-01-01T00:00:00.000Z',
    intervalMs: 1000,
    name: 'box',
    system: null,
    addresses: ['10.0.0.7'],
    resources: someResources,
    endpoints: [someEndpoint],
    ...facts,
  };
}

/** A fleet in which `h:1` is registered and healthy. */
export async function healthyFleet(): Promise<{ readonly fleet: FakeFleet; readonly backend: FakeBackend }> {
  const fleet = new FakeFleet();
  const backend = fleet.network.put('h:1');
  await fleet.register();
  await fleet.clock.advance(2000);
  fleet.heard.length = 0;
  return { fleet, backend };
}

/** Numbers in [0, 1) that are the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of these times are the same, at most. */
export function mostAtOnce(timesMs: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const ms of timesMs) counts.set(ms, (counts.get(ms) ?? 0) + 1);
  return Math.max(...counts.values());
}
