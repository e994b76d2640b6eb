import type { Clock } from '../clock.js';
import { limits } from '../limits.js';
import type { ManagedModel } from './managed-model.js';
import { isRunning } from './model-state.js';
import type { LeftRunning, ModelStore } from './ports.js';

/**
 * Keeps the windows of running models over the end of a hub whose servers go on without it. A hub that was killed has no
 * last word, so they are saved every few seconds; the time that nobody watched comes back as a gap.
 */
export class SavedSeries {
  readonly #store: ModelStore;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #enabled: boolean;
  #savedAtMs = -Infinity;

  constructor(store: ModelStore, clock: Clock, intervalMs: number, enabled: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#enabled = enabled;
  }

  /** Saves when it is time to. Never rejects. */
  async tick(models: readonly ManagedModel[]): Promise<void> {
    if (!this.#enabled || this.#clock.now() - this.#savedAtMs < limits.saveSeriesMs) return;
    await this.save(models);
  }

  /** Saves now. A history that cannot be saved is no reason to stop: it never rejects. */
  async save(models: readonly ManagedModel[]): Promise<void> {
    this.#savedAtMs = this.#clock.now();
    const atWall = this.#clock.wallTime();
    const running = models.filter(({ state }) => isRunning(state));
    const stored = running.map(({ modelId, series }) => ({ series: series.toWire(modelId), atWall }));
    await this.#store.saveSeries(stored).catch(() => {});
  }

  /** Gives the models whose servers went on their windows back, with a gap as long as nobody watched. */
  async restore(models: readonly ManagedModel[], leftRunning: readonly LeftRunning[]): Promise<void> {
    const saved = await this.#store.loadSeries().catch(() => new Map<string, never>());
    const wentOn = new Set(leftRunning.map(({ modelId }) => modelId));
    for (const { modelId, series } of models) {
      const stored = wentOn.has(modelId) ? saved.get(modelId) : undefined;
      if (!stored) continue;
      series.replace(stored.series);
      const awayMs = Math.max(0, this.#clock.wallTime() - stored.atWall);
      series.pushGap(Math.max(1, Math.round(awayMs / this.#intervalMs)));
    }
  }
}
