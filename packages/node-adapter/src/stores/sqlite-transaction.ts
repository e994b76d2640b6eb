import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` as one change of a store: all of it or, when it throws, nothing. */
export function inTransaction<Answer>(db: DatabaseSync, work: () => Answer): Answer {
  // At once for writing: a reader that turns into a writer can be refused without any wait.
  db.exec('BEGIN IMMEDIATE');
  try {
    const answer = work();
    db.exec('COMMIT');
    return answer;
  } catch (error) {
    // SQLite ends the transaction by itself after some errors.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
