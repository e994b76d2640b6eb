import * as z from 'zod';
import type { Logger } from '../logger.js';
import type { Row } from './sqlite-database.js';

/**
 * The documents of a table by their key. A row that is not what it should be is left out with a warning: one bad row must
 * not take all others with it. What it holds is not logged, since it may hold keys.
 * @param rows with the columns `key` and `document`
 * @param warned keys that were warned of before, for tables that are read again and again
 */
export function readDocuments<Document>(
  rows: readonly Row[],
  schema: z.core.$ZodType<Document>,
  table: string,
  logger: Logger,
  warned = new Set<string>(),
): Map<string, Document> {
  const documents = new Map<string, Document>();
  for (const row of rows) {
    const key = String(row['key']);
    const parsed = z.safeParse(schema, parseJson(row['document']));
    if (parsed.success) documents.set(key, parsed.data);
    else if (!warned.has(key)) {
      warned.add(key);
      const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
      logger.warn('a saved row was left out', { table, key, wrong });
    }
  }
  return documents;
}

/** `undefined` for what is no JSON; no document is that. */
function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
