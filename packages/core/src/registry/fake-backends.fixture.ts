import { CorralError } from '../errors.js';
import type {
  EndpointAddress,
  EndpointCondition,
  EndpointKind,
  EndpointStore,
  StoredEndpoint,
} from './endpoint.js';
import type {
  AddressParts,
  Backend,
  BackendConnector,
  BackendModelReading,
  BackendReading,
  BackendTarget,
} from './ports.js';

/** A server of someone else, under the control of a test. */
export class FakeBackend implements Backend {
  readonly kind: EndpointKind;
  /** What its next checks find. */
  reading: BackendReading = { condition: 'ok', latencyMs: 3, models: [], problem: null };
  readonly commands: string[] = [];
  checks = 0;
  /** The most checks that were under way at the same time. */
  mostAtOnce = 0;
  closed = false;
  /** What a check does; default: answers `reading` at once. */
  onCheck: (signal: AbortSignal) => Promise<BackendReading> = async () => this.reading;
  #running = 0;
  readonly load?: (name: string) => Promise<void>;
  readonly unload?: (name: string) => Promise<void>;

  constructor(kind: EndpointKind = 'llama-server') {
    this.kind = kind;
    if (kind === 'llama-server') return;
    this.load = async (name) => void this.commands.push(`load ${name}`);
    this.unload = async (name) => void this.commands.push(`unload ${name}`);
  }

  async check(signal: AbortSignal): Promise<BackendReading> {
    this.checks += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#running);
    return this.onCheck(signal).finally(() => (this.#running -= 1));
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Finds the backends that a test has put at `host:port`. */
export class FakeNetwork implements BackendConnector {
  readonly backends = new Map<string, FakeBackend>();
  connects = 0;
  /** What it was asked to reach, oldest first. */
  readonly targets: BackendTarget[] = [];
  /** Why nothing is recognised where there is no backend. */
  condition: EndpointCondition = 'refused';
  /** What happens before an answer comes; default: nothing. */
  onConnect: (signal: AbortSignal) => Promise<void> = async () => undefined;

  /** Puts a backend at `host:port`. */
  put(place: string, backend = new FakeBackend()): FakeBackend {
    this.backends.set(place, backend);
    return backend;
  }

  async judge(url: string): Promise<EndpointAddress> {
    const [, host = '', port = ''] = /^http:\/\/([^:/]+):(\d+)$/.exec(url) ?? [];
    if (host === '') throw new CorralError('invalid_url', 'Expected another address');
    return { scheme: 'http', host, port: Number(port), basePath: '' };
  }

  async judgeParts({ host, port }: AddressParts, defaultPort: number): Promise<EndpointAddress> {
    return this.judge(`http://${String(host)}:${String(port ?? defaultPort)}`);
  }

  async connect(target: BackendTarget, signal: AbortSignal) {
    const { host, port } = target;
    this.connects += 1;
    this.targets.push(target);
    await this.onConnect(signal);
    const backend = this.backends.get(`${host}:${port}`);
    if (!backend) return { condition: this.condition, problem: 'Nothing was recognised' };
    return { condition: 'ok' as const, problem: null, backend };
  }
}

/** What a backend says of one of its models. */
export function fakeBackendModel(
  name: string,
  state: BackendModelReading['state'] = 'ready',
  facts: Partial<BackendModelReading> = {},
): BackendModelReading {
  return { name, state, problem: null, sizeBytes: null, vramBytes: null, numbers: null, ...facts };
}

/** Keeps endpoints in memory, and fails when it is told to. */
export class FakeEndpointStore implements EndpointStore {
  readonly kept = new Map<string, StoredEndpoint>();
  fails = false;

  async loadEndpoints(): Promise<readonly StoredEndpoint[]> {
    return [...this.kept.values()];
  }

  async saveEndpoint(endpoint: StoredEndpoint): Promise<void> {
    if (this.fails) throw new Error('disk full');
    this.kept.set(endpoint.id, endpoint);
  }

  async removeEndpoint(id: string): Promise<void> {
    if (this.fails) throw new Error('disk full');
    this.kept.delete(id);
  }
}

/** Resolves when the signal aborts: a server that never answers. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
