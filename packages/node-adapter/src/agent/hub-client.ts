import type { AgentReport } from '@corral/core';
import { Client } from 'undici';
import { boundedRequest, headerOf } from '../probes/bounded-request.js';
import { clientOptions } from '../probes/server-connection.js';

/** What a hub said to a report. */
export interface ReportAnswer {
  readonly status: number;
  /** The code of its error; `null` where there is none that we know the form of. */
  readonly code: string | null;
  /** Milliseconds that it asks to wait. */
  readonly retryAfterMs: number | null;
  /** The last sequence number that it took, when it refuses a replay. */
  readonly lastSeq: number | null;
}

const mostAnswerBytes = 16 * 1024;

/** The connection of an agent to its hub. Redirects are never followed: a token goes to one place. */
export class HubClient {
  readonly #client: Client;
  readonly #basePath: string;

  constructor(hub: URL) {
    this.#client = new Client(hub.origin, clientOptions);
    this.#basePath = hub.pathname.replace(/\/+$/, '');
  }

  /** @throws ProbeFailure when there was no usable answer */
  async send(hostId: string, report: AgentReport, token: string, signal: AbortSignal): Promise<ReportAnswer> {
    const answer = await boundedRequest(this.#client, {
      path: `${this.#basePath}/api/hosts/${encodeURIComponent(hostId)}/report`,
      method: 'POST',
      json: report,
      apiKey: token,
      maxBytes: mostAnswerBytes,
      signal,
    });
    return {
      status: answer.status,
      retryAfterMs: retryAfterMs(headerOf(answer, 'retry-after')),
      ...errorFacts(answer.text),
    };
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}

/** Seconds, as hubs send it. Proxies may send a date instead, which is worth nothing between two clocks. */
function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}

/** The code and the sequence number of a refusal. What stands at the hub's address may be no hub: nothing is believed. */
function errorFacts(text: string): Pick<ReportAnswer, 'code' | 'lastSeq'> {
  let error: { code?: unknown; details?: { lastSeq?: unknown } } | undefined;
  try {
    error = (JSON.parse(text) as { error?: typeof error } | null)?.error;
  } catch {
    return { code: null, lastSeq: null };
  }
  const { code, details } = error ?? {};
  const lastSeq = details?.lastSeq;
  return {
    code: typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : null,
    lastSeq: typeof lastSeq === 'number' && Number.isSafeInteger(lastSeq) && lastSeq >= 0 ? lastSeq : null,
  };
}
