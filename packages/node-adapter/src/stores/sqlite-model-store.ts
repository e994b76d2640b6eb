import {
  type ModelChoices,
  type ModelMetric,
  type ModelSettingsOverrides,
  type ModelStore,
  modelMetrics,
  modelTiers,
  type StoredSeries,
  settingsProblems,
} from '@corral/core';
import * as z from 'zod';
import type { Logger } from '../logger.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { readDocuments } from './sqlite-documents.js';

const settings = z.record(z.string(), z.unknown());

const choicesDocument = z.object({
  enabled: z.boolean(),
  pinned: z.boolean(),
  tierOverride: z.enum(modelTiers).nullable(),
  port: z.int().min(1).max(65_535).nullable(),
  overrides: settings,
});

const windowOf = z.array(z.number()).max(1000);
const flags = z.array(z.boolean()).max(1000);
const known = z.number().nullable();
const seriesDocument = z.object({
  atWall: z.number(),
  series: z
    .object({
      modelId: z.string(),
      tokensPerSecond: windowOf,
      currentTokensPerSecond: known,
      memoryGb: windowOf,
      currentMemoryGb: known,
      latencyMs: windowOf,
      currentLatencyMs: known,
      valid: z.object({ tokensPerSecond: flags, memoryGb: flags, latencyMs: flags } satisfies Record<
        ModelMetric,
        typeof flags
      >),
    })
    .refine((series) =>
      modelMetrics.every((metric) => series[metric].length === series.valid[metric].length),
    ),
});

/** Keeps what people choose for models, and the last windows, in the embedded store. */
export class SqliteModelStore implements ModelStore {
  readonly #db: SqliteDatabase;
  readonly #logger: Logger;

  constructor(db: SqliteDatabase, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
  }

  async loadChoices(): Promise<ReadonlyMap<string, ModelChoices>> {
    const rows = this.#db.all('SELECT model_id AS key, document FROM model_choices ORDER BY model_id');
    const documents = readDocuments(rows, choicesDocument, 'model_choices', this.#logger);
    return new Map(
      [...documents].map(([modelId, choices]) => [
        modelId,
        {
          ...choices,
          overrides: this.#soundSettings(choices.overrides, { table: 'model_choices', modelId }),
        },
      ]),
    );
  }

  async saveChoices(modelId: string, choices: ModelChoices): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO model_choices (model_id, document) VALUES (?, ?)';
    this.#db.run(sql, modelId, JSON.stringify(choices));
  }

  async loadDefaults(): Promise<ModelSettingsOverrides> {
    const rows = this.#db.all('SELECT name AS key, document FROM default_settings ORDER BY name');
    const documents = readDocuments(rows, z.unknown(), 'default_settings', this.#logger);
    return this.#soundSettings(Object.fromEntries(documents), { table: 'default_settings' });
  }

  async saveDefaults(overrides: ModelSettingsOverrides): Promise<void> {
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM default_settings');
      for (const [name, value] of Object.entries(overrides)) {
        const sql = 'INSERT INTO default_settings (name, document) VALUES (?, ?)';
        this.#db.run(sql, name, JSON.stringify(value));
      }
    });
  }

  async loadSeries(): Promise<ReadonlyMap<string, StoredSeries>> {
    const rows = this.#db.all('SELECT model_id AS key, document FROM model_series ORDER BY model_id');
    return readDocuments(rows, seriesDocument, 'model_series', this.#logger);
  }

  async saveSeries(series: readonly StoredSeries[]): Promise<void> {
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM model_series');
      for (const stored of series) {
        const sql = 'INSERT OR REPLACE INTO model_series (model_id, document) VALUES (?, ?)';
        this.#db.run(sql, stored.series.modelId, JSON.stringify(stored));
      }
    });
  }

  /**
   * The settings without those that are wrong: limits and the list of allowed flags may have changed since, and one such
   * setting is no reason to forget the others.
   */
  #soundSettings(saved: Record<string, unknown>, where: Record<string, string>): ModelSettingsOverrides {
    const problems = settingsProblems(saved);
    if (Object.keys(problems).length > 0)
      this.#logger.warn('saved settings were left out', { ...where, problems });
    return Object.fromEntries(Object.entries(saved).filter(([name]) => !Object.hasOwn(problems, name)));
  }
}
