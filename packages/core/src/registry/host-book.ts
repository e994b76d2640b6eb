import { type Clock, isoTime, type TimerHandle } from '../clock.js';
import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import type { AgentReport } from './agent-report.js';
import { HostAddresses } from './host-addresses.js';
import type { HostResources, ResourceReading } from './host-resources.js';
import { silenced } from './silent-host.js';

/** A machine that this program measures itself. */
export interface HostObservation {
  readonly hostId: string;
  readonly name: string;
  readonly system: string | null;
  readonly addresses: readonly string[];
  readonly resources: ResourceReading;
}

/** What a {@link HostBook} is made of. */
export interface HostBookOptions {
  readonly clock: Clock;
  /** A host has new numbers, or came. */
  readonly onReported: (host: HostResources) => void;
  /** A host is stale or lost: what was said of it is no longer known. */
  readonly onSilent: (host: HostResources) => void;
  /** A host is gone. */
  readonly onRemoved: (hostId: string) => void;
  /** {@link HostBook.hostIdOf} answers differently. */
  readonly onMoved: () => void;
}

interface HostEntry {
  readonly host: HostResources;
  /** Monotonic time of the last report, and when something becomes of its silence; the local host is never silent. */
  readonly receivedMs: number;
  readonly dueMs: number;
  readonly intervalMs: number;
  readonly seq: number;
  /** Whether its silence since the last report was put down to our own once. */
  readonly isExcused: boolean;
}

/** Every machine that is known: this one, and those whose agents report. Silence is judged by our own monotonic clock. */
export class HostBook {
  readonly #options: HostBookOptions;
  readonly #entries = new Map<string, HostEntry>();
  readonly #addresses = new HostAddresses();
  #list: readonly HostResources[] | undefined;
  #timer: TimerHandle | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(options: HostBookOptions) {
    this.#options = options;
  }

  /** The same list until something of a host changes. */
  get list(): readonly HostResources[] {
    this.#list ??= Array.from(this.#entries.values(), ({ host }) => host);
    return this.#list;
  }

  /** The host at an address; `null` where it is not known. */
  hostIdOf(host: string): string | null {
    return this.#addresses.hostIdOf(host);
  }

  /** Takes in what this machine measured of itself. One that was observed before under another id is gone. */
  observe({ hostId, name, system, addresses, resources }: HostObservation): void {
    for (const { hostId: other, source } of this.list)
      if (source === 'local' && other !== hostId) this.#remove(other);
    const said = { hostId, name, system, addresses, ...resources };
    const host = { ...said, source: 'local', status: 'live', ...this.#received(0) } as const;
    const never = Number.POSITIVE_INFINITY;
    this.#set({ host, receivedMs: 0, dueMs: never, intervalMs: 0, seq: never, isExcused: false });
    this.#options.onReported(host);
  }

  /**
   * Takes in what an agent says of its machine.
   * @throws CorralError `replayed` with the last sequence number in `details.lastSeq`; `limit_reached`;
   *   `action_not_supported` for the machine that is measured here
   */
  report(hostId: string, { seq, at, intervalMs, name, system, addresses, resources }: AgentReport): void {
    const known = this.#entries.get(hostId);
    if (known?.host.source === 'local')
      throw new CorralError(
        'action_not_supported',
        'Expected a host that is not measured by this hub itself',
      );
    if (known && seq <= known.seq) {
      const details = { lastSeq: known.seq };
      throw new CorralError('replayed', `Expected \`seq\` to be above ${known.seq}, got \`${seq}\``, {
        details,
      });
    }
    if (!known && this.#entries.size >= limits.hosts)
      throw new CorralError('limit_reached', `Expected at most ${limits.hosts} hosts`);
    const { clock, onReported } = this.#options;
    const skewMs = Date.parse(at) - clock.wallTime();
    const said = { hostId, name, system, addresses, ...resources };
    const received = this.#received(Number.isFinite(skewMs) ? skewMs : null);
    const host = { ...said, source: 'agent', status: 'live', ...received } as const;
    const receivedMs = clock.now();
    const dueMs = receivedMs + limits.hostStaleAfter * intervalMs;
    this.#set({ host, receivedMs, dueMs, intervalMs, seq, isExcused: false });
    onReported(host);
    if (dueMs < this.#timerMs) this.#arm(dueMs);
  }

  /** Judges nothing more; nothing is left. */
  dispose(): void {
    this.#arm(Number.POSITIVE_INFINITY);
  }

  #received(clockSkewMs: number | null): Pick<HostResources, 'reportedAt' | 'clockSkewMs'> {
    return { reportedAt: isoTime(this.#options.clock), clockSkewMs };
  }

  #set(entry: HostEntry): void {
    const { hostId, addresses, source } = entry.host;
    const before = this.#entries.get(hostId)?.host;
    this.#entries.set(hostId, entry);
    this.#list = undefined;
    const stays = before?.source === source && before.addresses.join() === addresses.join();
    if (!stays) this.#move();
  }

  #remove(hostId: string): void {
    this.#entries.delete(hostId);
    this.#list = undefined;
    this.#options.onRemoved(hostId);
    this.#move();
  }

  #move(): void {
    this.#addresses.learn(this.list);
    this.#options.onMoved();
  }

  #arm(dueMs: number): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.setTimeout(() => this.#judge(), Math.max(0, dueMs - clock.now()));
  }

  #judge(): void {
    const nowMs = this.#options.clock.now();
    const isLate = nowMs - this.#timerMs > limits.lateMs;
    this.#timerMs = Number.NEGATIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      if (entry.dueMs > nowMs) continue;
      // While we were blocked or asleep nobody could be heard: the host may speak first, but only this once.
      if (isLate && !entry.isExcused) this.#entries.set(entry.host.hostId, excused(entry, nowMs));
      else this.#judgeOne(entry);
    }
    this.#arm(Math.min(...Array.from(this.#entries.values(), ({ dueMs }) => dueMs)));
  }

  #judgeOne(entry: HostEntry): void {
    const { host, receivedMs, intervalMs } = entry;
    if (host.status === 'lost') {
      this.#remove(host.hostId);
      return;
    }
    const isStale = host.status === 'live';
    const lostMs = receivedMs + limits.hostLostAfter * intervalMs;
    const dueMs = isStale ? lostMs : Math.max(lostMs, receivedMs + limits.hostForgottenMs);
    const silent = silenced(host, isStale ? 'stale' : 'lost');
    this.#entries.set(host.hostId, { ...entry, host: silent, dueMs });
    this.#list = undefined;
    this.#options.onSilent(silent);
  }
}

function excused(entry: HostEntry, nowMs: number): HostEntry {
  const byMs = nowMs + limits.hostStaleAfter * entry.intervalMs - entry.dueMs;
  return { ...entry, receivedMs: entry.receivedMs + byMs, dueMs: entry.dueMs + byMs, isExcused: true };
}
