import { RingBuffer } from '../ring-buffer.js';
import {
  type MetricsField,
  type MetricsSnapshot,
  type MetricsWindow,
  metricsFields,
} from './metrics-snapshot.js';

/** One backend over time. Its rings end with the newest collection and begin when a field was first known. */
interface BackendHistory {
  name: string;
  /** The first and the last collection that it took part in. */
  readonly first: number;
  last: number;
  readonly rings: Map<MetricsField, RingBuffer>;
}

/**
 * The last collections of all backends. Its size is bounded: two rings of times for all of them together, and a ring for
 * each field of a backend that was ever known. A backend that does not take part any more stays until its last reading has
 * left the window.
 *
 * Collections are in the order in which they were added: times of day may jump and decide nothing.
 */
export class MetricsHistory {
  readonly #capacity: number;
  readonly #windowMs: number;
  readonly #wallMs: RingBuffer;
  readonly #takenMs: RingBuffer;
  readonly #backends = new Map<string, BackendHistory>();
  #count = 0;

  /**
   * @param capacity how many collections it keeps
   * @param windowMs how long it keeps a backend that is gone, in ms
   */
  constructor(capacity: number, windowMs: number) {
    this.#capacity = capacity;
    this.#windowMs = windowMs;
    this.#wallMs = new RingBuffer(capacity);
    this.#takenMs = new RingBuffer(capacity);
  }

  /** Numbers that there is room for, in all rings together. */
  get slotCount(): number {
    let rings = 2;
    for (const backend of this.#backends.values()) rings += backend.rings.size;
    return rings * this.#capacity;
  }

  /**
   * Adds one collection.
   * @param takenMs monotonic time, never less than that of the collection before
   * @param wallMs time of day, ms since the Unix epoch
   */
  add(snapshots: readonly MetricsSnapshot[], takenMs: number, wallMs: number): void {
    this.#count += 1;
    this.#takenMs.push(takenMs);
    this.#wallMs.push(wallMs);
    for (const snapshot of snapshots) this.#record(snapshot);
    for (const [backendId, { last, rings }] of this.#backends) {
      if (last === this.#count) continue;
      for (const ring of rings.values()) ring.push(Number.NaN);
      const lastTakenMs = this.#takenMs.at(this.#indexOf(last));
      if (lastTakenMs === undefined || takenMs - lastTakenMs > this.#windowMs)
        this.#backends.delete(backendId);
    }
  }

  /** Every backend with readings since `sinceMs` (monotonic). */
  since(sinceMs: number): MetricsWindow[] {
    let begin = this.#takenMs.length;
    while (begin > 0 && (this.#takenMs.at(begin - 1) ?? 0) >= sinceMs) begin -= 1;
    return Array.from(this.#backends, ([backendId, backend]) =>
      this.#windowOf(backendId, backend, begin),
    ).filter(({ atMs }) => atMs.length > 0);
  }

  #record(snapshot: MetricsSnapshot): void {
    const { backendId, name } = snapshot;
    let backend = this.#backends.get(backendId);
    if (!backend) {
      backend = { name, first: this.#count, last: this.#count, rings: new Map() };
      this.#backends.set(backendId, backend);
    }
    backend.name = name;
    backend.last = this.#count;
    for (const field of metricsFields) {
      const value = snapshot[field];
      let ring = backend.rings.get(field);
      if (!ring && value !== null) {
        ring = new RingBuffer(this.#capacity);
        backend.rings.set(field, ring);
      }
      ring?.push(value ?? Number.NaN);
    }
  }

  #windowOf(backendId: string, { name, first, last, rings }: BackendHistory, since: number): MetricsWindow {
    const begin = Math.max(since, this.#indexOf(first));
    const end = this.#indexOf(last) + 1;
    const length = Math.max(0, end - begin);
    const cut = <T>(valueAt: (index: number) => T): T[] =>
      Array.from({ length }, (_, offset) => valueAt(begin + offset));
    const values: { -readonly [Field in keyof MetricsWindow['values']]: MetricsWindow['values'][Field] } = {};
    for (const field of metricsFields) {
      const ring = rings.get(field);
      if (!ring) continue;
      // A ring that is younger than the times lacks their first ones.
      const missing = this.#takenMs.length - ring.length;
      values[field] = cut((index) => known(ring.at(index - missing)));
    }
    return { backendId, name, atMs: cut((index) => this.#wallMs.at(index) ?? 0), values };
  }

  /** Where a collection stands in the rings of times; negative once it has left them. */
  #indexOf(collection: number): number {
    return this.#takenMs.length - 1 - (this.#count - collection);
  }
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
