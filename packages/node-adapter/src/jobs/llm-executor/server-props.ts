import type { Clock } from '@corral/core';
import { countOf, parseJson, recordOf } from '../../probes/json-values.js';
import { askServer, type ConnectClient } from '../../probes/server-connection.js';
import type { CallTarget } from './call-target.js';
import { targetClient } from './target-client.js';

/** What a llama-server says of how it was started. `null` means unknown. */
export interface ServerProps {
  readonly slots: number | null;
  /** Tokens that one slot holds. */
  readonly contextTokens: number | null;
}

/** A llama-server to be asked. */
export type PropsTarget = Pick<CallTarget, 'id' | 'baseUrl' | 'apiKey' | 'isOwn'>;

/** Nothing is known yet. */
const unknown: ServerProps = { slots: null, contextTokens: null };

const deadlineMs = 3000;
const retryMs = 10_000;

/**
 * Asks llama-servers once for each of their starts how many places they have. `/props` neither wakes a server nor keeps it
 * awake, and nothing else is asked for.
 */
export class ServerPropsBook {
  readonly #connect: ConnectClient;
  readonly #clock: Clock;
  readonly #onKnown: () => void;
  readonly #known = new Map<string, ServerProps>();
  /** When the last question was put. */
  readonly #askedMs = new Map<string, number>();
  readonly #closing = new AbortController();

  constructor(connect: ConnectClient, clock: Clock, onKnown: () => void) {
    this.#connect = connect;
    this.#clock = clock;
    this.#onKnown = onKnown;
  }

  /** What is known now; the question is put when it was not, and `onKnown` hears when there is an answer. */
  of(target: PropsTarget): ServerProps {
    const { id } = target;
    const known = this.#known.get(id);
    const askedMs = this.#askedMs.get(id);
    const isDue = askedMs === undefined || this.#clock.now() - askedMs >= retryMs;
    if (!known && isDue && !this.#closing.signal.aborted) {
      this.#askedMs.set(id, this.#clock.now());
      void this.#ask(target);
    }
    return known ?? unknown;
  }

  /** The server may come back with other settings. */
  forget(id: string): void {
    this.#known.delete(id);
    this.#askedMs.delete(id);
  }

  /** Ends questions under way. */
  dispose(): void {
    this.#closing.abort();
  }

  async #ask(target: PropsTarget): Promise<void> {
    const { id, baseUrl, apiKey } = target;
    const { origin, pathname } = new URL(baseUrl);
    const askedMs = this.#askedMs.get(id);
    const client = targetClient(target, this.#connect);
    try {
      const location = { origin, basePath: pathname.replace(/\/$/, ''), apiKey };
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(deadlineMs)]);
      const { status, text } = await askServer(client, location, { path: '/props', signal, isLast: true });
      // Forgotten meanwhile: the answer is that of an earlier start.
      if (status !== 200 || this.#askedMs.get(id) !== askedMs) return;
      this.#known.set(id, propsOf(text));
      this.#onKnown();
    } catch {
      // It is asked again after a while, and has one place until then.
    } finally {
      await client.destroy();
    }
  }
}

function propsOf(text: string): ServerProps {
  const props = recordOf(parseJson(text));
  const generation = recordOf(props['default_generation_settings']);
  const contextTokens = countOf(generation['n_ctx']);
  return { slots: countOf(props['total_slots']), contextTokens: contextTokens === 0 ? null : contextTokens };
}
