import type { Client } from 'undici';
import {
  type BoundedAnswer,
  type BoundedRequestOptions,
  boundedRequest,
  headerOf,
} from './bounded-request.js';
import { rememberBytes } from './remember-last.js';
import type { ServerLog } from './server-log.js';

/**
 * Makes the client for one origin, such as `http://127.0.0.1:9931`. Rules about where one may connect to are put in here,
 * next to {@link clientOptions}.
 */
export type ConnectClient = (origin: string) => Client;

/** What every client of a watched server is made with. */
export const clientOptions = {
  pipelining: 1,
  // Shorter than the 5 s of llama-server, so that we never write into a connection that it is closing.
  keepAliveTimeout: 4000,
  keepAliveMaxTimeout: 4000,
  maxHeaderSize: 16_384,
} as const;

/** Where a server is, what it is called with, and who hears what is odd about it. */
export interface ServerLocation {
  readonly origin: string;
  /** What stands before every path; empty for the root. */
  readonly basePath: string;
  readonly apiKey: string | null;
  /** Default: nobody. */
  readonly log?: ServerLog | undefined;
}

/**
 * Asks a server for a path below its own, with its key unless `options` say otherwise, over a client of any kind.
 * @throws ProbeFailure and nothing else
 */
export async function askServer(
  client: Client,
  location: ServerLocation,
  options: BoundedRequestOptions,
): Promise<BoundedAnswer> {
  const { basePath, apiKey, log } = location;
  const path = basePath + options.path;
  const answer = await boundedRequest(client, { apiKey: apiKey ?? undefined, ...options, path });
  if (answer.status >= 300 && answer.status < 400) log?.redirectRefused(headerOf(answer, 'location'));
  return answer;
}

/** The one kept-alive connection to a server that is watched. */
export class ServerConnection {
  readonly location: ServerLocation;
  readonly connect: ConnectClient;
  #client: Client;
  /** By path. Paths are fixed, so there are few. */
  readonly #decoders = new Map<string, (bytes: Buffer) => string>();

  constructor(location: ServerLocation, connect: ConnectClient) {
    this.location = location;
    this.connect = connect;
    this.#client = connect(location.origin);
  }

  /** @throws ProbeFailure and nothing else */
  get(path: string, signal: AbortSignal, apiKey = this.location.apiKey): Promise<BoundedAnswer> {
    const decode = this.#decoderOf(path);
    return askServer(this.#client, this.location, { path, apiKey: apiKey ?? undefined, signal, decode });
  }

  /** Like `get`, for servers that cut the connection after an answer without saying so. */
  getOnce(path: string, signal: AbortSignal): Promise<BoundedAnswer> {
    return askServer(this.#client, this.location, { path, signal, isLast: true });
  }

  #decoderOf(path: string): (bytes: Buffer) => string {
    const known = this.#decoders.get(path);
    if (known) return known;
    const decode = rememberBytes();
    this.#decoders.set(path, decode);
    return decode;
  }

  /** A connection that failed once is not trusted again. */
  renew(): void {
    void this.#client.destroy();
    this.#client = this.connect(this.location.origin);
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}
