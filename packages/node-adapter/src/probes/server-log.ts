import { type Clock, systemClock } from '@corral/core';
import type { Logger } from '../logger.js';

/** What can be odd about a metric: a series that comes twice on a page, and a type that is another than before. */
export type MetricOddity = 'duplicate_series' | 'type_changed';

/** Hears what people should know of one server that is watched. Each kind of line is written once a minute at most. */
export interface ServerLog {
  /** @param location where the server points to, as it sent it; only the host of it is written down */
  redirectRefused(location: string | null): void;
  /** @param metric a name that we know: what a server sends is not written down */
  parseWarning(metric: string, oddity: MetricOddity): void;
}

const quietMs = 60_000;

/**
 * The logs of all servers that are watched. What is wrong with a server mostly stays wrong, and every check would say so
 * again: so one line of a kind for each server is enough for a minute. It outlives the connections, of which a server that
 * was never recognised gets a new one with each check.
 */
export class ServerLogs {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #clock: Clock;
  /** When each line was written, the latest at the end. */
  readonly #writtenMs = new Map<string, number>();

  constructor(logger: Pick<Logger, 'warn'>, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** The log of the server at an origin, such as `http://box.lan:8080`; below another path it is another server. */
  of(origin: string, basePath = ''): ServerLog {
    const warn = (event: string, fields: Readonly<Record<string, string>>): void => {
      if (this.#isDue(`${event} ${origin}${basePath}`))
        this.#logger.warn(event, { endpoint: origin, ...fields });
    };
    return {
      redirectRefused: (location) =>
        warn('redirect_refused', { locationHost: hostOfLocation(location, origin) }),
      parseWarning: (metric, oddity) => warn('parse_warning', { metric, oddity }),
    };
  }

  #isDue(line: string): boolean {
    const nowMs = this.#clock.now();
    for (const [old, writtenMs] of this.#writtenMs) {
      if (nowMs - writtenMs < quietMs) break;
      this.#writtenMs.delete(old);
    }
    if (this.#writtenMs.has(line)) return false;
    this.#writtenMs.set(line, nowMs);
    return true;
  }
}

/** A DNS name is no longer than this. */
const longestHost = 253;

/**
 * The host that a `Location` leads to: no port, path, query or password, which may hold secrets of others. `unparseable`
 * for what names no host that a browser would go to; a path alone stays at `origin`.
 */
function hostOfLocation(location: string | null, origin: string): string {
  const url = location === null ? null : URL.parse(location, origin);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return 'unparseable';
  // URLs take quotes and brackets of some kinds for parts of a host. No name has them.
  const isHost =
    url.hostname.length <= longestHost && /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname);
  return isHost ? url.hostname : 'unparseable';
}
