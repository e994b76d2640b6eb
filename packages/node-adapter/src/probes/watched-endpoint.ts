import type { BackendReading } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import { type Trouble, troubledReading, troubleOfAnswer, troubleOfFailure } from './endpoint-answer.js';
import { ProbeFailure } from './probe-failure.js';
import { QuietPeriod } from './quiet-period.js';
import type { ServerConnection } from './server-connection.js';

/** An answer that means trouble for the whole endpoint. */
export class EndpointTrouble extends Error {
  override readonly name = 'EndpointTrouble';
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.problem);
    this.trouble = trouble;
  }
}

/** What every attached backend does in the same way: ask, and make of trouble a reading that says so. */
export class WatchedEndpoint {
  readonly connection: ServerConnection;
  readonly #quiet: QuietPeriod;

  constructor(connection: ServerConnection, now: () => number = () => performance.now()) {
    this.connection = connection;
    this.#quiet = new QuietPeriod(now);
  }

  /**
   * One check by `look`, unless the server is to be left alone for now. Never rejects.
   * @param isWanted a person asks, who may have put the key right meanwhile: a missing key does not keep us away
   */
  async check(look: () => Promise<BackendReading>, isWanted = false): Promise<BackendReading> {
    const { trouble } = this.#quiet;
    if (trouble && !(isWanted && trouble.condition === 'auth_required')) return troubledReading(trouble);
    try {
      return await look();
    } catch (error) {
      if (error instanceof EndpointTrouble) return troubledReading(error.trouble);
      if (!(error instanceof ProbeFailure)) throw error;
      this.distrust(error);
      return troubledReading(troubleOfFailure(error));
    }
  }

  /** An answer with 200. @throws EndpointTrouble for any other, ProbeFailure when there is none */
  async need(path: string, signal: AbortSignal): Promise<BoundedAnswer> {
    const answer = await this.connection.get(path, signal);
    const trouble = troubleOfAnswer(answer);
    if (!trouble) return answer;
    this.#quiet.begin(answer, trouble);
    throw new EndpointTrouble(trouble);
  }

  /** A connection that failed is renewed; with no file descriptor left it is not the connection's fault. */
  distrust({ reason }: ProbeFailure): void {
    if (reason !== 'local_resource') this.connection.renew();
  }
}

/** The trouble with an answer that has the right status and the wrong content. */
export function unrecognised(): EndpointTrouble {
  return new EndpointTrouble({
    condition: 'unrecognised',
    problem: 'The answer is not what this kind of server says',
  });
}
