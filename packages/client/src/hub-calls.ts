import { ClientError, isRecord } from './client-error.js';
import type { HubRequests, SentBody } from './hub-requests.js';

/** The calls of one connection: they end when it is closed. */
export class HubCalls {
  readonly #requests: HubRequests;
  readonly #closed: AbortSignal;

  constructor(requests: HubRequests, closed: AbortSignal) {
    this.#requests = requests;
    this.#closed = closed;
  }

  /** The answer of a call, or one field of it. @throws ClientError with the code of the hub, or `network`, `timeout`, `closed` */
  async send<Answer>(
    method: Parameters<HubRequests['send']>[0],
    path: string,
    sent: SentBody = {},
    field?: string,
  ): Promise<Answer> {
    const closed = this.#closed;
    const isClosed = (): boolean => closed.aborted;
    if (isClosed()) throw new ClientError('closed', 'Expected a connection that is not closed');
    try {
      const answer = await this.#requests.send(method, path, { ...sent, signal: closed });
      return (field === undefined ? answer : isRecord(answer) ? answer[field] : undefined) as Answer;
    } catch (error) {
      throw isClosed() ? new ClientError('closed', 'The connection was closed', { cause: error }) : error;
    }
  }
}
