import { type Clock, systemClock, type TimerHandle } from '../clock.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import type { ModelCall, ModelTelemetryEntry, StoredTelemetry, TelemetryStore } from './model-call.js';
import { ModelRecord } from './model-record.js';
import { TelemetryKeeper } from './telemetry-keeper.js';
import { telemetryName } from './telemetry-name.js';

/** What a {@link ModelTelemetry} is made of. */
export interface ModelTelemetryOptions {
  readonly events: EventHub<HubEvents>;
  /** Default: for as long as the process lives. */
  readonly store?: TelemetryStore;
  readonly clock?: Clock;
}

/**
 * What is known of each model from the calls that were made of it. Of more than 1,000 models those are kept that were called
 * last. Names are cleaned and cut to 256 characters.
 */
export class ModelTelemetry {
  readonly #events: EventHub<HubEvents>;
  readonly #clock: Clock;
  readonly #keeper: TelemetryKeeper | undefined;
  /** The least recently called first. */
  readonly #records = new Map<string, ModelRecord>();
  readonly #unannounced = new Set<ModelRecord>();
  #announceTimer: TimerHandle | undefined;
  #announcedAtMs = -Infinity;
  #disposal: Promise<void> | undefined;

  constructor({ events, store, clock = systemClock }: ModelTelemetryOptions) {
    this.#events = events;
    this.#clock = clock;
    const onLoaded = (stored: readonly StoredTelemetry[]): void => this.#take(stored);
    this.#keeper = store && new TelemetryKeeper({ store, clock, onLoaded });
  }

  /** Reads what was kept. What cannot be read now is read later, and added to what was recorded meanwhile. */
  async open(): Promise<void> {
    await this.#keeper?.load();
  }

  /** Announces and keeps what is new; resolves when it is stored, or cannot be. Later calls are not recorded. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  /** Takes a call in. `telemetry:recorded` follows, at most once a second. */
  record(call: ModelCall): void {
    if (this.#disposal) return;
    const names = { model: telemetryName(call.model), provider: telemetryName(call.provider) };
    const key = keyOf(names);
    const record = this.#records.get(key) ?? new ModelRecord(names);
    record.add(call, this.#clock.wallTime());
    this.#records.delete(key);
    this.#records.set(key, record);
    this.#keeper?.changed(key, record);
    this.#dropOldest();
    this.#announceSoon(record);
  }

  /** By provider, then by model. */
  entries(): readonly ModelTelemetryEntry[] {
    return entriesOf(this.#records.values(), this.#clock.wallTime());
  }

  async #end(): Promise<void> {
    this.#clock.clearTimeout(this.#announceTimer);
    this.#announce();
    await this.#keeper?.dispose();
  }

  #take(stored: readonly StoredTelemetry[]): void {
    const recorded = [...this.#records.values()];
    this.#records.clear();
    const kept = stored.map((each) => ModelRecord.parse(each)).filter((each) => each !== undefined);
    for (const record of kept.sort((a, b) => a.lastCallMs - b.lastCallMs))
      this.#records.set(keyOf(record), record);
    for (const record of recorded) {
      const key = keyOf(record);
      const before = this.#records.get(key);
      if (before) record.merge(before);
      this.#records.delete(key);
      this.#records.set(key, record);
    }
    this.#dropOldest();
    for (const record of this.#records.values()) this.#announceSoon(record);
  }

  #dropOldest(): void {
    for (const [key, record] of this.#records) {
      if (this.#records.size <= limits.telemetryModels) return;
      this.#records.delete(key);
      this.#unannounced.delete(record);
      this.#keeper?.dropped(key, record);
    }
  }

  #announceSoon(record: ModelRecord): void {
    this.#unannounced.add(record);
    if (this.#announceTimer !== undefined || this.#disposal) return;
    const waitMs = this.#announcedAtMs + limits.announceTelemetryMs - this.#clock.now();
    this.#announceTimer = this.#clock.setTimeout(
      () => {
        this.#announceTimer = undefined;
        this.#announce();
      },
      Math.max(0, waitMs),
    );
  }

  #announce(): void {
    if (this.#unannounced.size === 0) return;
    const models = entriesOf(this.#unannounced, this.#clock.wallTime());
    this.#unannounced.clear();
    this.#announcedAtMs = this.#clock.now();
    this.#events.emit('telemetry:recorded', { models });
  }
}

/** No cleaned name holds a line feed. */
function keyOf({ model, provider }: Pick<ModelRecord, 'model' | 'provider'>): string {
  return `${provider}\n${model}`;
}

function entriesOf(records: Iterable<ModelRecord>, nowMs: number): ModelTelemetryEntry[] {
  return Array.from(records, (record) => record.entry(nowMs)).sort(byProviderThenModel);
}

function byProviderThenModel(a: ModelTelemetryEntry, b: ModelTelemetryEntry): number {
  if (a.provider !== b.provider) return a.provider < b.provider ? -1 : 1;
  return a.model < b.model ? -1 : 1;
}
