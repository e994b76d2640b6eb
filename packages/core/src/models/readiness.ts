import { type Clock, sleep } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import { LaunchFailure, type ServerReading } from './ports.js';
import type { RunningServer } from './running-server.js';

/** Why a model is not running, with a code where a restart would not mend it. */
export interface Failure {
  readonly code: string | null;
  readonly message: string;
}

/** How the wait for a server ended: it is ready, it never will be, or nobody waits any more. */
export type Readiness =
  | { readonly outcome: 'ready'; readonly reading: ServerReading }
  | { readonly outcome: 'hopeless'; readonly failure: Failure }
  | { readonly outcome: 'called off' };

const pollMs = { first: 50, growth: 1.5, most: 1000 };

/** What the wait needs. */
export interface ReadinessOptions {
  readonly clock: Clock;
  readonly startTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the server says that it is loading. */
  readonly onLoading: () => void;
}

/** Asks a server that was just started, every 50 ms slowing to 1 s, until it is clear what becomes of it. */
export async function awaitReadiness(server: RunningServer, options: ReadinessOptions): Promise<Readiness> {
  const { clock, startTimeoutMs, signal, onLoading } = options;
  let delayMs = pollMs.first;
  // Asked anew after each wait: it may have been called off meanwhile.
  const isCalledOff = (): boolean => signal.aborted;
  for (;;) {
    const reading = await server.checkWithin(limits.checkDeadlineMs, signal);
    if (isCalledOff()) return { outcome: 'called off' };
    if (reading.condition === 'ready' || reading.condition === 'sleeping')
      return { outcome: 'ready', reading };
    if (reading.condition === 'impostor') {
      const message = reading.problem ?? 'Another server answers on the port';
      return { outcome: 'hopeless', failure: { code: 'port_hijacked', message } };
    }
    if (reading.condition === 'loading') onLoading();
    if (clock.now() - server.startedAtMs > startTimeoutMs) {
      const message = `Not ready within ${startTimeoutMs / 1000} s`;
      return { outcome: 'hopeless', failure: { code: 'start_timeout', message } };
    }
    await sleep(clock, delayMs, signal);
    if (isCalledOff()) return { outcome: 'called off' };
    delayMs = Math.min(delayMs * pollMs.growth, pollMs.most);
  }
}

/** The failure that something thrown on the way to a server comes to. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LaunchFailure) return { code: error.failureCode, message };
  return { code: error instanceof CorralError ? error.code : 'launch_failed', message };
}
