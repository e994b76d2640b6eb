import type { Clock, TimerHandle } from '../clock.js';
import { limits } from '../limits.js';
import type { StoredTelemetry, TelemetryStore } from './model-call.js';
import type { ModelRecord } from './model-record.js';

/** What a {@link TelemetryKeeper} is made of. */
export interface TelemetryKeeperOptions {
  readonly store: TelemetryStore;
  readonly clock: Clock;
  /** Hears once what was kept before. */
  readonly onLoaded: (stored: readonly StoredTelemetry[]) => void;
}

/** A record that the store has not seen as it is now. */
interface Pending {
  readonly record: ModelRecord;
  readonly isDropped: boolean;
}

/**
 * Carries telemetry to its store and back. Nothing is saved before what was kept has been read: it would be overwritten.
 * What cannot be read or saved is tried again, later each time, and counts that come meanwhile are saved with it.
 */
export class TelemetryKeeper {
  readonly #options: TelemetryKeeperOptions;
  /** By key; the last word on each. */
  #pending = new Map<string, Pending>();
  #isLoaded = false;
  #isDisposed = false;
  #failures = 0;
  #savedAtMs = -Infinity;
  #timer: TimerHandle | undefined;
  #running: Promise<void> | undefined;

  constructor(options: TelemetryKeeperOptions) {
    this.#options = options;
  }

  /** Reads what was kept, once. Never rejects: what cannot be read now is read later. */
  async load(): Promise<void> {
    if (!this.#isLoaded) await this.#run();
  }

  /** Saves a record soon. */
  changed(key: string, record: ModelRecord): void {
    this.#await(key, { record, isDropped: false });
  }

  /** Removes a record from the store soon. */
  dropped(key: string, record: ModelRecord): void {
    this.#await(key, { record, isDropped: true });
  }

  /** Saves what is not saved yet, with a second try where the first one fails. Never rejects. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
    for (let tries = 0; tries < 2 && this.#pending.size > 0; tries++) await this.#run();
  }

  #await(key: string, pending: Pending): void {
    this.#pending.set(key, pending);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#running || this.#isDisposed) return;
    if (this.#isLoaded && this.#pending.size === 0) return;
    const { clock } = this.#options;
    const waitMs = this.#savedAtMs + limits.saveTelemetryMs - clock.now();
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = undefined;
        void this.#run();
      },
      Math.max(0, waitMs, this.#pauseMs()),
    );
  }

  #pauseMs(): number {
    const { first, last } = limits.storeRetryMs;
    return this.#failures === 0 ? 0 : Math.min(first * 2 ** (this.#failures - 1), last);
  }

  #run(): Promise<void> {
    this.#running ??= this.#loadAndSave().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
    return this.#running;
  }

  async #loadAndSave(): Promise<void> {
    const { store, clock, onLoaded } = this.#options;
    try {
      if (!this.#isLoaded) {
        const stored = await store.loadTelemetry();
        this.#isLoaded = true;
        onLoaded(stored);
      }
      await this.#save();
      this.#failures = 0;
    } catch {
      this.#failures += 1;
    }
    this.#savedAtMs = clock.now();
  }

  async #save(): Promise<void> {
    const saving = this.#pending;
    if (saving.size === 0) return;
    this.#pending = new Map();
    const kept = [...saving.values()].filter(({ isDropped }) => !isDropped);
    const dropped = [...saving.values()].filter(({ isDropped }) => isDropped);
    try {
      await this.#options.store.saveTelemetry(
        kept.map(({ record }) => record.toStored()),
        dropped.map(({ record: { model, provider } }) => ({ model, provider })),
      );
    } catch (error) {
      // What came meanwhile is newer.
      this.#pending = new Map([...saving, ...this.#pending]);
      throw error;
    }
  }
}
