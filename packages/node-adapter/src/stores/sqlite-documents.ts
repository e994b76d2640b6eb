import type { ZodType } from 'zod';
import type { Logger } from '../logger.js';
import type { Row } from './sqlite-database.js';

/**
 * The documents of a table by their key. A row that is not what it should be is left out with a warning: one bad row must
 * not take all others with it. What it holds is not logged, since it may hold keys.
 * @param rows with the columns `key` and `document`
 */
export function readDocuments<Document>(
  rows: readonly Row[],
  schema: ZodType<Document>,
  table: string,
  logger: Logger,
): Map<string, Document> {
  const documents = new Map<string, Document>();
  for (const row of rows) {
    const key = String(row['key']);
    const parsed = schema.safeParse(parseJson(row['document']));
    if (parsed.success) documents.set(key, parsed.data);
    else {
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
