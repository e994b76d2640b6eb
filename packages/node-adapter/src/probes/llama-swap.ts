import type { Backend, BackendModelReading, BackendReading } from '@corral/core';
import { CommandSender, commandFailure, noSuchModel } from './command-sender.js';
import { parseJson, recordOf, recordsOf, textOf } from './json-values.js';
import { ModelCatalogue } from './model-catalogue.js';
import { ProbeFailure } from './probe-failure.js';
import type { ServerConnection } from './server-connection.js';
import { unrecognised, WatchedEndpoint } from './watched-endpoint.js';

/** What llama-swap's words for the state of a process mean; those not listed are of one that is gone. */
const states: Readonly<Record<string, BackendModelReading['state']>> = {
  starting: 'loading',
  ready: 'ready',
  stopping: 'stopping',
};

const listEveryMs = 30_000;

/**
 * llama-swap: a proxy that starts a server per model on demand. `/running` says what runs; the list of models, which is
 * its configuration, is read twice a minute. There are no numbers: the only way to a model's own pages is
 * `/upstream/<model>/…`, which starts a model that is not running and counts as use of one that is, so that it would never
 * be unloaded for being idle.
 */
export class LlamaSwap implements Backend {
  readonly kind = 'llama-swap';
  readonly #endpoint: WatchedEndpoint;
  readonly #commands: CommandSender;
  readonly #now: () => number;
  readonly #catalogue = new ModelCatalogue();
  /** Models whose last load failed; llama-swap itself shows such a model like any other that does not run. */
  readonly #failed = new Set<string>();
  #listed: readonly string[] | undefined;
  #listedMs = 0;

  constructor(connection: ServerConnection, options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#endpoint = new WatchedEndpoint(connection, this.#now);
    this.#commands = new CommandSender(connection.location, connection.connect);
  }

  check(signal: AbortSignal, { whole = false } = {}): Promise<BackendReading> {
    return this.#endpoint.check(async () => {
      const answer = await this.#endpoint.need('/running', signal);
      const running = parseRunning(answer.text);
      if (!running) throw unrecognised();
      const listed = await this.#list(signal, whole);
      // A model may be kept off the list and run all the same.
      this.#catalogue.replace(new Set([...listed, ...running.keys()]));
      for (const id of running.keys()) this.#failed.delete(id);
      return {
        condition: 'ok',
        latencyMs: answer.durationMs,
        models: Array.from(this.#catalogue.entries(), ([name, id]) =>
          this.#reading(name, id, running.get(id)),
        ),
        problem: null,
      };
    }, whole);
  }

  async load(name: string, signal: AbortSignal): Promise<void> {
    const id = this.#idOf(name);
    this.#failed.delete(id);
    // Any path below the model starts it, and the answer comes when it runs; this one is free of side effects.
    const command = { method: 'GET', path: `/upstream/${inPath(id)}/health` } as const;
    const answer = await this.#commands.send(command, signal, (late) => {
      if (!(late instanceof ProbeFailure) && late.status >= 500) this.#failed.add(id);
    });
    // Not every server that it can start has a `/health`: that one answered shows that it runs.
    if (answer === null || answer.status === 404 || answer.status === 405) return;
    const failure = commandFailure(answer, 'load');
    if (!failure) return;
    if (answer.status >= 500) this.#failed.add(id);
    throw failure;
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    const path = `/api/models/unload/${inPath(this.#idOf(name))}`;
    const answer = await this.#commands.send({ method: 'POST', path }, signal);
    const failure = answer && commandFailure(answer, 'unload');
    if (failure) throw failure;
  }

  async close(): Promise<void> {
    await Promise.all([this.#commands.close(), this.#endpoint.connection.close()]);
  }

  #reading(name: string, id: string, running: BackendModelReading['state'] | undefined): BackendModelReading {
    const hasFailed = running === undefined && this.#failed.has(id);
    return {
      name,
      state: running ?? (hasFailed ? 'failed' : 'unloaded'),
      problem: hasFailed ? 'The last load ended badly' : null,
      sizeBytes: null,
      vramBytes: null,
      numbers: null,
    };
  }

  async #list(signal: AbortSignal, whole: boolean): Promise<readonly string[]> {
    if (this.#listed && !whole && this.#now() - this.#listedMs < listEveryMs) return this.#listed;
    const listed = parseList((await this.#endpoint.need('/v1/models', signal)).text);
    if (!listed) throw unrecognised();
    this.#listedMs = this.#now();
    this.#listed = listed;
    return listed;
  }

  #idOf(name: string): string {
    const id = this.#catalogue.idOf(name);
    if (id === undefined) throw noSuchModel();
    return id;
  }
}

/** Models may have slashes in their names, which stay; whatever else would mean something in a URL does not. */
function inPath(id: string): string {
  const segments = id.split('/');
  // These would climb out of the path, encoded or not.
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) throw noSuchModel();
  return segments.map(encodeURIComponent).join('/');
}

/** States by model id; `null` when the answer is not one of llama-swap. */
function parseRunning(text: string): ReadonlyMap<string, BackendModelReading['state']> | null {
  const rows = recordsOf(recordOf(parseJson(text))['running']);
  if (!rows) return null;
  const running = new Map<string, BackendModelReading['state']>();
  for (const row of rows) {
    const id = textOf(row['model']);
    const word = textOf(row['state']);
    const state = word !== null && Object.hasOwn(states, word) ? states[word] : undefined;
    if (id !== null && state) running.set(id, state);
  }
  return running;
}

/**
 * Ids of the models that are its own; `null` when the answer is no list. Aliases are the same models once more; models of
 * peers, selectors and profiles are no processes that it could tell the state of.
 */
function parseList(text: string): readonly string[] | null {
  const rows = recordsOf(recordOf(parseJson(text))['data']);
  return (
    rows &&
    rows.flatMap((row) => {
      const type = recordOf(recordOf(row['meta'])['llamaswap'])['type'];
      const isOwn = type === undefined || type === 'model';
      return isOwn ? (textOf(row['id']) ?? []) : [];
    })
  );
}
