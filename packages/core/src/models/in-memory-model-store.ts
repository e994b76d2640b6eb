import type { ModelSettingsOverrides } from './model-settings.js';
import type { ModelChoices, ModelStore, StoredSeries } from './ports.js';

/** Keeps choices for as long as the process lives. */
export class InMemoryModelStore implements ModelStore {
  readonly #choices = new Map<string, ModelChoices>();
  #defaults: ModelSettingsOverrides = {};
  #series: ReadonlyMap<string, StoredSeries> = new Map();

  async loadChoices(): Promise<ReadonlyMap<string, ModelChoices>> {
    return new Map(this.#choices);
  }

  async saveChoices(modelId: string, choices: ModelChoices): Promise<void> {
    this.#choices.set(modelId, choices);
  }

  async loadDefaults(): Promise<ModelSettingsOverrides> {
    return this.#defaults;
  }

  async saveDefaults(overrides: ModelSettingsOverrides): Promise<void> {
    this.#defaults = overrides;
  }

  async loadSeries(): Promise<ReadonlyMap<string, StoredSeries>> {
    return this.#series;
  }

  async saveSeries(series: readonly StoredSeries[]): Promise<void> {
    this.#series = new Map(series.map((stored) => [stored.series.modelId, stored]));
  }
}
