import type { Backend, BackendModelReading, BackendReading } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import type { AskServer, EndpointProbe } from './endpoint-probe.js';
import { ProbeFailure } from './probe-failure.js';
import { modelReadings, type ServedModel } from './served-models.js';
import type { ServerConnection } from './server-connection.js';
import { EndpointTrouble, WatchedEndpoint } from './watched-endpoint.js';

const listEveryMs = 30_000;

type BackendModels = readonly BackendModelReading[];

/**
 * A server of a kind that is watched for the fleet: whether it works, what it has loaded and what it could serve. The
 * kind says what to ask; here is what all kinds share: when to ask, and what to make of no answer.
 */
export class ProbedBackend implements Backend {
  readonly kind: Backend['kind'];
  readonly #endpoint: WatchedEndpoint;
  readonly #probe: EndpointProbe;
  readonly #now: () => number;
  /** Pages that this process does not have. */
  readonly #absent = new Set<string>();
  #listed: readonly ServedModel[] | undefined;
  #listedMs = 0;
  #last:
    | {
        readonly listed: readonly ServedModel[];
        readonly loaded: readonly ServedModel[] | null;
        readonly models: BackendModels;
      }
    | undefined;

  constructor(
    connection: ServerConnection,
    probe: EndpointProbe,
    options: { readonly now?: () => number } = {},
  ) {
    this.kind = probe.kind;
    this.#probe = probe;
    this.#now = options.now ?? (() => performance.now());
    this.#endpoint = new WatchedEndpoint(connection, this.#now);
  }

  async check(signal: AbortSignal, { whole = false } = {}): Promise<BackendReading> {
    if (whole) this.#absent.clear();
    const reading = await this.#endpoint.check(() => this.#look(signal, whole), whole);
    if (newProcess.has(reading.condition)) this.#forget();
    return reading;
  }

  close(): Promise<void> {
    return this.#endpoint.connection.close();
  }

  async #look(signal: AbortSignal, whole: boolean): Promise<BackendReading> {
    const ask: AskServer = {
      need: (path) => this.#endpoint.need(path, signal),
      want: (path) => this.#want(path, signal),
    };
    const { latencyMs, loaded = null, listed, queueDepth = null } = await this.#probe.look(ask);
    const models = this.#readings(listed ?? (await this.#list(ask, whole)), loaded);
    return { condition: 'ok', problem: null, latencyMs, models, queueDepth };
  }

  /** What was made of the same lists before is made of them again. */
  #readings(listed: readonly ServedModel[], loaded: readonly ServedModel[] | null): BackendModels {
    const last = this.#last;
    if (last?.listed === listed && last.loaded === loaded) return last.models;
    const models = modelReadings(listed, loaded);
    this.#last = { listed, loaded, models };
    return models;
  }

  /** A list that does not come this time is no reason to forget the last one, or to doubt a server that works. */
  async #list(ask: AskServer, whole: boolean): Promise<readonly ServedModel[]> {
    if (this.#listed && !whole && this.#now() - this.#listedMs < listEveryMs) return this.#listed;
    try {
      const listed = (await this.#probe.list?.(ask)) ?? [];
      this.#listedMs = this.#now();
      this.#listed = listed;
      return listed;
    } catch (error) {
      if (!this.#listed || !mayPass(error)) throw error;
      if (error instanceof ProbeFailure) this.#endpoint.distrust(error);
      this.#listedMs = this.#now();
      return this.#listed;
    }
  }

  async #want(path: string, signal: AbortSignal): Promise<BoundedAnswer | null> {
    if (this.#absent.has(path)) return null;
    try {
      const answer = await this.#endpoint.connection.get(path, signal);
      if (neverHere.has(answer.status)) this.#absent.add(path);
      return answer.status === 200 ? answer : null;
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      this.#endpoint.distrust(error);
      return null;
    }
  }

  /** Another process, with other models even, may answer next. */
  #forget(): void {
    this.#absent.clear();
    this.#listed = undefined;
  }
}

/** Not there, not allowed, switched off. */
const neverHere: ReadonlySet<number> = new Set([401, 403, 404, 405, 501]);

/** Conditions after which it may not be the same process any more. */
const newProcess: ReadonlySet<BackendReading['condition']> = new Set(['refused', 'reset', 'unrecognised']);

/** Whether trouble with the list says nothing of the server; one that wants a key or less requests says a lot. */
function mayPass(error: unknown): boolean {
  if (error instanceof ProbeFailure) return error.reason !== 'local_resource';
  return error instanceof EndpointTrouble && error.trouble.condition === 'server_error';
}
