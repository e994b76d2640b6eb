import { type AccessScope, accessScopes, type Clock, childSignal } from '@corral/core';
import { ClientError, errorOf } from './client-error.js';
import { type PlacedSnapshot, readSnapshot } from './hub-frames.js';

/** How a hub is called. */
export interface HubAddress {
  /** Absolute, without a slash at its end. */
  readonly baseUrl: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** What a call brings with it: a value, sent as JSON, or a text. */
export interface SentBody {
  readonly body?: unknown;
  readonly yaml?: string;
}

/** Time in ms that a call may take, its body included. */
const callTimeoutMs = 15_000;

/** The calls of a hub's HTTP API. Every one rejects with ClientError and nothing else. */
export class HubRequests {
  readonly #address: HubAddress;
  #scope: AccessScope | undefined;

  constructor(address: HubAddress) {
    this.#address = address;
    // A token may do little: until the hub says how much, nothing is offered.
    this.#scope = address.token === undefined ? undefined : 'view';
  }

  /** What we may ask for, as the hub said with its last answer. */
  get scope(): AccessScope | undefined {
    return this.#scope;
  }

  /** Sends a call with a body, or none, and answers what came back; `undefined` for an empty answer. */
  send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { body, yaml, signal }: SentBody & { readonly signal?: AbortSignal } = {},
  ): Promise<unknown> {
    const sent = yaml ?? (body === undefined ? undefined : JSON.stringify(body, tellNumber));
    const type = yaml === undefined ? 'application/json' : 'application/yaml';
    return this.#call(path, {
      method,
      ...(sent !== undefined && { body: sent, headers: { 'content-type': type } }),
      ...(signal && { signal }),
    });
  }

  async snapshot(signal?: AbortSignal): Promise<PlacedSnapshot> {
    return readSnapshot(await this.#call('/api/snapshot', { ...(signal && { signal }) }));
  }

  /** The snapshot and its validator; `undefined` when it is still the one of `etag`. */
  async snapshotIfChanged(
    etag: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly snapshot: PlacedSnapshot; readonly etag: string | null } | undefined> {
    return this.#timed(signal, async (timed) => {
      const response = await this.#send(
        '/api/snapshot',
        { signal: timed },
        etag === null ? {} : { 'if-none-match': etag },
      );
      if (response.status === 304) return undefined;
      if (!response.ok) throw await errorOf(response);
      return { snapshot: readSnapshot(await bodyOf(response)), etag: response.headers.get('etag') };
    });
  }

  /** Opens an event stream. The answer is as it came, its status unchecked. */
  async openStream(path: string, lastEventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    try {
      return await this.#send(path, { signal, cache: 'no-store' }, headers);
    } catch (error) {
      throw networkError(error);
    }
  }

  #call(path: string, init: RequestInit & { signal?: AbortSignal } = {}): Promise<unknown> {
    return this.#timed(init.signal, async (signal) => {
      const { headers, ...rest } = init;
      const response = await this.#send(path, { ...rest, signal }, headers as Record<string, string>);
      if (!response.ok) throw await errorOf(response);
      return response.status === 204 ? undefined : await bodyOf(response);
    });
  }

  async #timed<Answer>(
    parent: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { clock } = this.#address;
    const deadline = childSignal(parent);
    const timer = clock.setTimeout(() => deadline.abort(), callTimeoutMs);
    try {
      return await work(deadline.signal);
    } catch (error) {
      const late = deadline.signal.aborted && !parent?.aborted;
      throw late
        ? new ClientError('timeout', 'The hub did not answer in time', { retryable: true })
        : networkError(error);
    } finally {
      clock.clearTimeout(timer);
      deadline.dispose();
    }
  }

  async #send(path: string, init: RequestInit, headers: Record<string, string> = {}): Promise<Response> {
    const { baseUrl, token, fetch } = this.#address;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers: { ...headers, ...authorization } });
    const scope = accessScopes.find((each) => each === response.headers.get('corral-scope'));
    if (response.ok && scope) this.#scope = scope;
    return response;
  }
}

/** JSON would make `null` of such numbers, and `null` may mean something: as texts they are refused by name. */
function tellNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('protocol', 'The hub answered with something that is not JSON', {
      cause,
      retryable: true,
    });
  }
}

function networkError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  return new ClientError('network', 'The hub cannot be reached', { retryable: true, cause: error });
}
