import type { Clock, TimerHandle } from '../clock.js';
import { limits } from '../limits.js';

/** What a {@link ProbeSchedule} is made of. */
export interface ProbeScheduleOptions {
  readonly clock: Clock;
  /** Milliseconds in which everyone has a turn. */
  readonly intervalMs: number;
  /** It is the turn of this one; it has no other until it is given one. */
  readonly onTurn: (id: string) => void;
}

/**
 * Whose turn it is: one timer for all, in slices of time. Each id has its own moment in the interval, so that a thousand
 * endpoints are spread over it evenly and stay so.
 *
 * When the timer is late because the loop was blocked or the machine slept, nobody is served at once: each id comes at
 * its own next moment, so there is one round and no burst. Who was put off once is served, however late it is, so that a
 * machine which is always late still gets round.
 */
export class ProbeSchedule {
  readonly #options: ProbeScheduleOptions;
  readonly #slices = new Map<number, Set<string>>();
  readonly #sliceOf = new Map<string, number>();
  readonly #putOff = new Set<string>();
  #timer: TimerHandle | undefined;
  #timerSlice = Number.POSITIVE_INFINITY;

  constructor(options: ProbeScheduleOptions) {
    this.#options = options;
  }

  /** Gives it the next turn at its own moment, and not before this time of the clock. Default: as soon as it comes. */
  atTurn(id: string, notBeforeMs = 0): void {
    const { clock, intervalMs } = this.#options;
    const earliest = Math.max(clock.now() + 1, notBeforeMs);
    const phase = phaseOf(id, intervalMs);
    this.#set(id, Math.ceil((earliest - phase) / intervalMs) * intervalMs + phase);
  }

  /** Gives it a turn after a pause. */
  after(id: string, pauseMs: number): void {
    this.#set(id, this.#options.clock.now() + pauseMs);
  }

  /** Takes its turn away. */
  delete(id: string): void {
    this.#putOff.delete(id);
    this.#unset(id);
    if (this.#sliceOf.size === 0) this.#arm();
  }

  /** Takes everyone's turn away; nothing is left. */
  dispose(): void {
    this.#slices.clear();
    this.#sliceOf.clear();
    this.#putOff.clear();
    this.#arm();
  }

  #set(id: string, dueMs: number): void {
    this.#unset(id);
    const slice = Math.ceil(dueMs / limits.checkSliceMs);
    const ids = this.#slices.get(slice);
    if (ids) ids.add(id);
    else this.#slices.set(slice, new Set([id]));
    this.#sliceOf.set(id, slice);
    if (slice < this.#timerSlice) this.#arm();
  }

  #unset(id: string): void {
    const slice = this.#sliceOf.get(id);
    if (slice === undefined) return;
    this.#sliceOf.delete(id);
    const ids = this.#slices.get(slice);
    ids?.delete(id);
    if (ids?.size === 0) this.#slices.delete(slice);
  }

  #arm(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerSlice = Math.min(...this.#slices.keys());
    if (this.#timerSlice === Number.POSITIVE_INFINITY) return;
    const dueMs = this.#timerSlice * limits.checkSliceMs;
    this.#timer = clock.setTimeout(() => this.#serve(dueMs), Math.max(0, dueMs - clock.now()));
  }

  #serve(dueMs: number): void {
    const nowMs = this.#options.clock.now();
    const late = nowMs - dueMs > limits.lateMs;
    // Timers may fire a little early; what this one was set for is due in any case.
    const reached = Math.max(nowMs, dueMs) / limits.checkSliceMs;
    const due = [...this.#slices].filter(([slice]) => slice <= reached).sort(([a], [b]) => a - b);
    this.#timerSlice = Number.NEGATIVE_INFINITY;
    for (const [slice, id] of due.flatMap(([slice, ids]) => Array.from(ids, (id) => [slice, id] as const))) {
      // The one before may have changed the turn of this one.
      if (this.#sliceOf.get(id) !== slice) continue;
      this.#unset(id);
      if (late && !this.#putOff.has(id)) {
        this.#putOff.add(id);
        this.atTurn(id);
      } else {
        this.#putOff.delete(id);
        this.#options.onTurn(id);
      }
    }
    this.#arm();
  }
}

/** Where in the interval an id has its moment: FNV-1a, so that ids which are alike are far apart. */
function phaseOf(id: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  const slices = Math.max(1, Math.floor(intervalMs / limits.checkSliceMs));
  return ((hash >>> 0) % slices) * limits.checkSliceMs;
}
