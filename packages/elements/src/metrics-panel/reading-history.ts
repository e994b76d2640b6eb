import {
  type MetricsField,
  type MetricsReading,
  type MetricsSnapshot,
  type MetricsWindow,
  metricsFields,
} from '@corral/core';

/** What one backend said, oldest first. */
export interface BackendReadings {
  readonly backendId: string;
  readonly name: string;
  /** Ascending, in ms since the Unix epoch. */
  readonly atMs: readonly number[];
  /** As long as `atMs` each. */
  readonly values: Readonly<Record<MetricsField, readonly (number | null)[]>>;
  /** Fields of which something was known at some time. */
  readonly known: ReadonlySet<MetricsField>;
  /** Where the clock of the readings was set back: what it had said of later times is gone. */
  readonly clockSteps: readonly number[];
}

interface Columns extends BackendReadings {
  name: string;
  readonly atMs: number[];
  readonly values: Record<MetricsField, (number | null)[]>;
  readonly known: Set<MetricsField>;
  readonly clockSteps: number[];
}

/** The readings of every backend for a while: those of the past, and each new one as it comes. */
export class ReadingHistory {
  readonly #backends = new Map<string, Columns>();
  readonly #maxAgeMs: number;
  #newestMs = -Infinity;

  /** @param maxAgeMs how long readings are kept, counted from the newest one */
  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** Every backend that has readings, in the order in which they came. */
  get backends(): readonly BackendReadings[] {
    return [...this.#backends.values()];
  }

  /** One backend; `undefined` when nothing was heard of it. */
  backend(backendId: string): BackendReadings | undefined {
    return this.#backends.get(backendId);
  }

  /** Forgets everything. */
  clear(): void {
    this.#backends.clear();
    this.#newestMs = -Infinity;
  }

  /** Puts the readings of the past before those that have come in the meantime. */
  load(windows: readonly MetricsWindow[]): void {
    for (const window of windows) {
      const { backendId, name, atMs, values } = window;
      const since = this.#backends.get(backendId);
      const columns = emptyColumns(backendId, since?.name ?? name);
      this.#backends.set(backendId, columns);
      for (const [index, at] of atMs.entries()) push(columns, at, (field) => values[field]?.[index]);
      for (const [index, at] of (since?.atMs ?? []).entries())
        if (at > (columns.atMs.at(-1) ?? -Infinity))
          push(columns, at, (field) => since?.values[field][index]);
      for (const field of since?.known ?? []) columns.known.add(field);
    }
    this.#forgetOld();
  }

  /** Adds the newest reading of each backend; those that are known already change nothing. */
  append(snapshots: readonly MetricsSnapshot[]): void {
    for (const snapshot of snapshots) {
      const { backendId, name, at } = snapshot;
      const columns = this.#backends.get(backendId) ?? emptyColumns(backendId, name);
      const atMs = Date.parse(at);
      if (Number.isNaN(atMs) || atMs === columns.atMs.at(-1)) continue;
      columns.name = name;
      this.#backends.set(backendId, columns);
      push(columns, atMs, (field) => snapshot[field]);
    }
    this.#forgetOld();
  }

  #forgetOld(): void {
    this.#newestMs = Math.max(...[...this.#backends.values()].map(({ atMs }) => atMs.at(-1) ?? -Infinity));
    const oldest = this.#newestMs - this.#maxAgeMs;
    for (const [backendId, { atMs, values, clockSteps }] of this.#backends) {
      const kept = atMs.findIndex((at) => at >= oldest);
      const gone = kept === -1 ? atMs.length : kept;
      atMs.splice(0, gone);
      for (const field of metricsFields) values[field].splice(0, gone);
      while (clockSteps[0] !== undefined && clockSteps[0] < oldest) clockSteps.shift();
      if (atMs.length === 0) this.#backends.delete(backendId);
    }
  }
}

function emptyColumns(backendId: string, name: string): Columns {
  const values = Object.fromEntries(
    metricsFields.map((field) => [field, []]),
  ) as unknown as Columns['values'];
  return { backendId, name, atMs: [], values, known: new Set(), clockSteps: [] };
}

function push(
  { atMs, values, known, clockSteps }: Columns,
  at: number,
  valueOf: (field: keyof MetricsReading) => number | null | undefined,
): void {
  let isStep = false;
  while (atMs.length > 0 && at <= (atMs.at(-1) as number)) {
    isStep = true;
    atMs.pop();
    for (const field of metricsFields) values[field].pop();
  }
  if (isStep) clockSteps.push(at);
  atMs.push(at);
  for (const field of metricsFields) {
    const value = valueOf(field) ?? null;
    const isKnown = value !== null && Number.isFinite(value);
    values[field].push(isKnown ? value : null);
    if (isKnown) known.add(field);
  }
}
