import { type EndpointStore, endpointKinds, type StoredEndpoint } from '@corral/core';
import * as z from 'zod';
import type { Logger } from '../logger.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { readDocuments } from './sqlite-documents.js';

const endpointDocument = z.object({
  id: z.string(),
  name: z.string(),
  scheme: z.enum(['http', 'https']),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  basePath: z.string(),
  // A kind that is not known any more is found out again; the endpoint is worth more than that.
  kind: z.enum(endpointKinds).nullable().catch(null),
  apiKey: z.string().nullable(),
  scrapeMetrics: z.boolean(),
  // Before there was a fleet, whatever was kept was attached.
  attached: z.boolean().default(true),
});

/** Keeps endpoints that people registered, with their keys, in the embedded store, whose file only its owner may read. */
export class SqliteEndpointStore implements EndpointStore {
  readonly #db: SqliteDatabase;
  readonly #logger: Logger;

  constructor(db: SqliteDatabase, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
  }

  /** In the order in which they were saved first. */
  async loadEndpoints(): Promise<readonly StoredEndpoint[]> {
    const rows = this.#db.all('SELECT id AS key, document FROM endpoints ORDER BY rowid');
    return [...readDocuments(rows, endpointDocument, 'endpoints', this.#logger).values()];
  }

  async saveEndpoint(endpoint: StoredEndpoint): Promise<void> {
    // Not REPLACE, which would move a changed endpoint to the end.
    const sql = `INSERT INTO endpoints (id, document) VALUES (?, ?)
      ON CONFLICT (id) DO UPDATE SET document = excluded.document`;
    this.#db.run(sql, endpoint.id, JSON.stringify(endpoint));
  }

  async removeEndpoint(id: string): Promise<void> {
    this.#db.run('DELETE FROM endpoints WHERE id = ?', id);
  }
}
