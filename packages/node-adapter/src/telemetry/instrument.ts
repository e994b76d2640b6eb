import type { Clock, ModelCall } from '@corral/core';
import { AdapterError } from '../errors.js';
import { type FetchFunction, measuredFetch } from './measured-fetch.js';
import { type ModelPrice, ModelPrices } from './model-prices.js';

/** How to measure calls that your own code makes. */
export interface InstrumentOptions {
  /** Takes the calls in, such as `hub.modelTelemetry`. */
  readonly telemetry: { record(call: ModelCall): void };
  /** Who serves the models, such as `openai`. Default: by the host of each URL, or the host itself. */
  readonly provider?: string;
  /** What calls cost. Default: nobody knows. */
  readonly prices?: readonly ModelPrice[];
  readonly clock?: Clock;
}

/** The part of a client of the `openai` package, and of those made like it, that matters here. */
interface ClientLike {
  readonly fetch?: unknown;
  readonly timeout?: unknown;
  readonly chat: { readonly completions: { readonly create: unknown } };
  withOptions(options: { readonly fetch: FetchFunction }): unknown;
}

/**
 * Makes a `fetch` function, or a client of the `openai` package, tell telemetry of the calls of models that are made with
 * it. The one given stays as it was; use the one that is returned.
 *
 * What is measured are POST requests whose path ends in `/chat/completions`, `/completions`, `/responses` or `/embeddings`;
 * every other request passes. An answer passes byte by byte as its reader asks for it, and is not kept, but for one copy
 * of at most 8 MiB of an answer that is not streamed.
 *
 * - A call that ends with a status other than 2xx, a broken connection, an error in the stream or without a finish reason
 *   has failed. Each try of a client that tries again counts.
 * - A call whose signal aborts, or whose answer is let go of, was cancelled; one that its client gave up for its time
 *   limit has failed.
 * - Tokens are those that the server counts: ask streams for them with `stream_options: { include_usage: true }`. Without
 *   them speed and cost are unknown.
 * - A call is recorded when its answer has been read to its end. One whose answer nobody reads or lets go of never is.
 *
 * @example
 * const openai = instrument(new OpenAI(), { telemetry: hub.modelTelemetry });
 * const measured = instrument(fetch, { telemetry: hub.modelTelemetry, provider: 'openai' });
 * @throws AdapterError `invalid_option` for what is neither, and for prices that are none
 */
export function instrument<Client extends object>(client: Client, options: InstrumentOptions): Client {
  const { telemetry, provider, clock } = options;
  const prices = new ModelPrices(options.prices ?? []);
  const measured = (fetch: FetchFunction, timeoutMs?: number): FetchFunction =>
    measuredFetch(fetch, { telemetry, provider, prices, timeoutMs, clock });
  // A client has the type that it had: what is returned takes and gives the same.
  if (typeof client === 'function') return measured(client) as Client;
  if (!isClient(client))
    throw new AdapterError(
      'invalid_option',
      'Expected a fetch function, or a client with `chat.completions.create`',
    );
  const own = typeof client.fetch === 'function' ? (client.fetch as FetchFunction) : fetch;
  const timeoutMs = typeof client.timeout === 'number' ? client.timeout : undefined;
  return client.withOptions({ fetch: measured(own, timeoutMs) }) as Client;
}

function isClient(client: object): client is ClientLike {
  const { chat, withOptions } = client as {
    readonly chat?: Partial<ClientLike['chat']>;
    readonly withOptions?: unknown;
  };
  return typeof chat?.completions?.create === 'function' && typeof withOptions === 'function';
}
