import { setTimeout as delay } from 'node:timers/promises';
import { BackendFailure } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import { troubleOfFailure } from './endpoint-answer.js';
import { ProbeFailure } from './probe-failure.js';
import { askServer, type ConnectClient, type ServerLocation } from './server-connection.js';

/** A command to a backend. */
export interface BackendCommand {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: unknown;
}

/** How long an answer is waited for, and how long one may take that nobody waits for any more. */
export interface CommandPatience {
  readonly waitMs: number;
  readonly mostMs: number;
}

const usualPatience: CommandPatience = { waitMs: 1000, mostMs: 600_000 };

/**
 * Sends commands, each over a connection of its own: some are answered only when the model is loaded, minutes later, and
 * watching goes on meanwhile. A command that was sent and not answered within a second counts as taken.
 */
export class CommandSender {
  readonly #location: ServerLocation;
  readonly #connect: ConnectClient;
  readonly #patience: CommandPatience;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(location: ServerLocation, connect: ConnectClient, patience = usualPatience) {
    this.#location = location;
    this.#connect = connect;
    this.#patience = patience;
  }

  /**
   * Resolves with the answer, or with `null` when the command is under way.
   * @param onLate hears the answer of a command that was under way, or the failure
   * @throws BackendFailure when it could not be sent
   */
  async send(
    command: BackendCommand,
    signal: AbortSignal,
    onLate?: (outcome: BoundedAnswer | ProbeFailure) => void,
  ): Promise<BoundedAnswer | null> {
    const client = this.#connect(this.#location.origin);
    const connected = new AbortController();
    client.once('connect', () => connected.abort());
    const givingUp = new AbortController();
    const ends = [givingUp.signal, this.#closing.signal, AbortSignal.timeout(this.#patience.mostMs)];
    const outcome = askServer(client, this.#location, {
      ...command,
      signal: AbortSignal.any(ends),
    }).catch((error: unknown) => error as ProbeFailure);
    const closed = outcome.then(() => client.destroy());
    this.#underWay.add(closed);
    void closed.finally(() => this.#underWay.delete(closed));

    const answer = await Promise.race([outcome, this.#wait(signal, outcome)]);
    if (answer === null && connected.signal.aborted) {
      void outcome.then((late) => onLate?.(late));
      return null;
    }
    givingUp.abort();
    if (answer === null) throw new BackendFailure('timeout', 'The server did not answer in time');
    if (!(answer instanceof ProbeFailure)) return answer;
    const { condition, problem } = troubleOfFailure(answer);
    throw new BackendFailure(condition, problem, { cause: answer });
  }

  /** Lets go of what is under way; the backend may go on with it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay);
  }

  /** Ends early with `signal`, and when the answer is there. */
  async #wait(signal: AbortSignal, answered: Promise<unknown>): Promise<null> {
    const over = new AbortController();
    void answered.then(() => over.abort());
    const ends = AbortSignal.any([signal, over.signal]);
    await delay(this.#patience.waitMs, undefined, { signal: ends, ref: false }).catch(() => {});
    return null;
  }
}

/** The failure that an answer to a command means; `null` when the command was taken. */
export function commandFailure(answer: BoundedAnswer, action: 'load' | 'unload'): BackendFailure | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400)
    return new BackendFailure('redirect_refused', 'The server redirects, which is never followed');
  if (status === 401 || status === 403)
    return new BackendFailure('auth_required', 'The server asks for an API key, or for another one');
  if (status === 429) return new BackendFailure('rate_limited', 'The server says that it is asked too often');
  return new BackendFailure(
    'server_error',
    `The server did not ${action} the model: it answered with ${status}`,
  );
}

/** The failure for a model that is not on the backend's list. */
export function noSuchModel(): BackendFailure {
  return new BackendFailure('unrecognised', 'Expected a model that the server lists');
}
