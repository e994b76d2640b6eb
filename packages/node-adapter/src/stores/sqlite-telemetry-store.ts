import type { StoredTelemetry, TelemetryKey, TelemetryStore } from '@corral/core';
import * as z from 'zod';
import type { Logger } from '../logger.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { readDocuments } from './sqlite-documents.js';

/** What is in `document` only telemetry itself can judge. */
const telemetryDocument = z.object({
  model: z.string(),
  provider: z.string(),
  document: z.record(z.string(), z.unknown()),
});

/** Keeps the telemetry of models in the embedded store. */
export class SqliteTelemetryStore implements TelemetryStore {
  readonly #db: SqliteDatabase;
  readonly #logger: Logger;

  constructor(db: SqliteDatabase, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
  }

  async loadTelemetry(): Promise<readonly StoredTelemetry[]> {
    const rows = this.#db.all(
      'SELECT json_array(provider, model) AS key, document FROM model_telemetry ORDER BY provider, model',
    );
    return [...readDocuments(rows, telemetryDocument, 'model_telemetry', this.#logger).values()];
  }

  async saveTelemetry(entries: readonly StoredTelemetry[], dropped: readonly TelemetryKey[]): Promise<void> {
    const save = `INSERT INTO model_telemetry (provider, model, document) VALUES (?, ?, ?)
      ON CONFLICT (provider, model) DO UPDATE SET document = excluded.document`;
    const drop = 'DELETE FROM model_telemetry WHERE provider = ? AND model = ?';
    this.#db.transaction(() => {
      for (const entry of entries) this.#db.run(save, entry.provider, entry.model, JSON.stringify(entry));
      for (const { provider, model } of dropped) this.#db.run(drop, provider, model);
    });
  }
}
