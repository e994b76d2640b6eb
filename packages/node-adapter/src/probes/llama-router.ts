import type { Backend, BackendModelReading, BackendReading, ServerNumbers } from '@corral/core';
import type { AttachedBackendOptions } from './attached-llama-server.js';
import { CommandSender, commandFailure, noSuchModel } from './command-sender.js';
import { countOf, type JsonRecord, parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { LlamaNumbers, numbersOrNull } from './llama-numbers.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ServerConnection } from './server-connection.js';
import { unrecognised, WatchedEndpoint } from './watched-endpoint.js';

/** A model as the router lists it. */
interface RouterModel {
  readonly id: string;
  readonly state: BackendModelReading['state'];
  readonly problem: string | null;
  readonly sizeBytes: number | null;
}

/** What the router's words for a status mean; an unknown word is taken for a model that is not loaded. */
const states: Readonly<Record<string, BackendModelReading['state']>> = {
  unloaded: 'unloaded',
  downloading: 'loading',
  downloaded: 'unloaded',
  loading: 'loading',
  loaded: 'ready',
  sleeping: 'sleeping',
};

/**
 * llama.cpp's router: many models, each in a server of its own behind one port.
 *
 * The list comes with every check, since it says which models may be asked: one that is not loaded would be loaded by a
 * question, and evict another. For the same reason each question says `autoload=false`. Polling beats the router's event
 * stream here: events are not replayed, would hold one of its threads, and the list is needed anyway.
 */
export class LlamaRouter implements Backend {
  readonly kind = 'llama-router';
  readonly #endpoint: WatchedEndpoint;
  /**
   * For pages of models, which the router passes on: after each it cuts the connection without saying so. The kept one
   * stays out of that, since a new connection may wait long at a busy server.
   */
  readonly #pages: ServerConnection;
  readonly #commands: CommandSender;
  readonly #scrapes: boolean;
  readonly #catalogue = new ModelCatalogue();
  readonly #numbers = new Map<string, LlamaNumbers>();
  /** Sizes are told only of loaded models, and do not change. */
  readonly #sizes = new Map<string, number>();
  /** Models whose numbers did not come last time; they are asked last, so that they hold up nobody. */
  readonly #slow = new Set<string>();
  /** Models that somebody asked to unload and that have not run again since. */
  readonly #unloads = new Map<string, { hasEnded: boolean }>();

  constructor(connection: ServerConnection, options: AttachedBackendOptions) {
    this.#endpoint = new WatchedEndpoint(connection, options.now);
    this.#pages = new ServerConnection(connection.location, connection.connect);
    this.#commands = new CommandSender(connection.location, connection.connect);
    this.#scrapes = options.scrapeMetrics && options.detail !== 'status';
  }

  check(signal: AbortSignal, { whole = false } = {}): Promise<BackendReading> {
    return this.#endpoint.check(async () => {
      const list = await this.#endpoint.need('/models', signal);
      const models = parseModels(list.text);
      if (!models) throw unrecognised();
      this.#remember(models);
      this.#followUnloads(models);
      const numbers = await this.#readAll(models, signal);
      return {
        condition: 'ok',
        latencyMs: list.durationMs,
        models: this.#readings(models, numbers),
        problem: null,
      };
    }, whole);
  }

  async load(name: string, signal: AbortSignal): Promise<void> {
    await this.#command('load', name, signal);
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    await this.#command('unload', name, signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.#commands.close(), this.#pages.close(), this.#endpoint.connection.close()]);
  }

  #remember(models: readonly RouterModel[]): void {
    this.#catalogue.replace(models.map(({ id }) => id));
    const present = new Map(models.map((model) => [model.id, model]));
    for (const kept of [this.#sizes, this.#unloads])
      for (const id of kept.keys()) if (!present.has(id)) kept.delete(id);
    for (const { id, sizeBytes } of models) if (sizeBytes !== null) this.#sizes.set(id, sizeBytes);
    // An unloaded model has no process any more; the next one starts to count from nothing.
    for (const id of this.#numbers.keys()) {
      const { state } = present.get(id) ?? { state: 'unloaded' };
      if (state === 'unloaded' || state === 'failed') this.#numbers.delete(id);
    }
    for (const id of this.#slow) if (!this.#numbers.has(id)) this.#slow.delete(id);
  }

  /** An unload that somebody asked for is over when the model runs again after its end. */
  #followUnloads(models: readonly RouterModel[]): void {
    for (const { id, state } of models) {
      const unload = this.#unloads.get(id);
      if (!unload) continue;
      if (state === 'unloaded' || state === 'failed') unload.hasEnded = true;
      else if (unload.hasEnded) this.#unloads.delete(id);
    }
  }

  /** Numbers of the models that are loaded at this moment, one after the other. */
  async #readAll(models: readonly RouterModel[], signal: AbortSignal): Promise<Map<string, ServerNumbers>> {
    const found = new Map<string, ServerNumbers>();
    if (!this.#scrapes) return found;
    const loaded = models.filter(({ state }) => state === 'ready').map(({ id }) => id);
    for (const id of loaded.toSorted((a, b) => Number(this.#slow.has(a)) - Number(this.#slow.has(b)))) {
      // Those that were not asked for want of time are not to blame.
      if (signal.aborted) break;
      const numbers = this.#numbers.get(id) ?? new LlamaNumbers(this.#pages.location.log);
      this.#numbers.set(id, numbers);
      this.#slow.delete(id);
      const ask = (page: string) =>
        this.#pages.getOnce(`${page}?model=${encodeURIComponent(id)}&autoload=false`, signal);
      const read = await numbersOrNull(numbers, ask, (failure) => {
        this.#slow.add(id);
        if (failure.reason !== 'local_resource') this.#pages.renew();
      });
      if (read) found.set(id, read);
    }
    return found;
  }

  #readings(
    models: readonly RouterModel[],
    numbers: ReadonlyMap<string, ServerNumbers>,
  ): BackendModelReading[] {
    const byId = new Map(models.map((model) => [model.id, model]));
    const readings: BackendModelReading[] = [];
    for (const [name, id] of this.#catalogue.entries()) {
      const listed = byId.get(id);
      // What did not end in time was ended, which the router calls failed; it is as it was asked to be.
      const isAsAsked = listed === undefined || (listed.state === 'failed' && this.#unloads.has(id));
      const { state, problem } = isAsAsked ? { state: 'unloaded' as const, problem: null } : listed;
      const sizeBytes = this.#sizes.get(id) ?? null;
      readings.push({ name, state, problem, sizeBytes, vramBytes: null, numbers: numbers.get(id) ?? null });
    }
    return readings;
  }

  async #command(action: 'load' | 'unload', name: string, signal: AbortSignal): Promise<void> {
    const model = this.#catalogue.idOf(name);
    if (model === undefined) throw noSuchModel();
    // Known before the answer: the list may tell of its end sooner.
    if (action === 'unload') this.#unloads.set(model, { hasEnded: false });
    else this.#unloads.delete(model);
    const answer = await this.#commands.send(
      { method: 'POST', path: `/models/${action}`, json: { model } },
      signal,
    );
    // The router says 400 when the model is as it was asked to be: loading a running one, unloading one that is not.
    if (answer?.status === 400) return;
    const failure = answer && commandFailure(answer, action);
    if (failure) throw failure;
  }
}

/** Reads the list of a router; `null` when it is none. */
function parseModels(text: string): readonly RouterModel[] | null {
  const rows = recordsOf(recordOf(parseJson(text))['data']);
  return rows && rows.flatMap((row) => modelOf(row) ?? []);
}

function modelOf(row: JsonRecord): RouterModel | null {
  const id = textOf(row['id']);
  const status = recordOf(row['status']);
  const value = textOf(status['value']);
  if (id === null || value === null) return null;
  const state = Object.hasOwn(states, value) ? (states[value] ?? 'unloaded') : 'unloaded';
  const hasFailed = state === 'unloaded' && status['failed'] === true;
  const exitCode = countOf(status['exit_code']);
  return {
    id,
    state: hasFailed ? 'failed' : state,
    problem: hasFailed
      ? `The last load or run ended badly${exitCode === null ? '' : `, with exit code ${exitCode}`}`
      : null,
    sizeBytes: countOf(recordOf(row['meta'])['size']),
  };
}
