/**
 * How jobs leave the store. To remove a large one at once would block everything else for long, and make a log that no
 * ballast has room for. So it is marked, which hides it, and its rows go in portions; each function is a transaction.
 */
import { hasEnded, jobStatuses } from '@corral/core';
import type { SqliteDatabase } from './sqlite-database.js';

const endedStatuses = JSON.stringify(jobStatuses.filter(hasEnded));
/** Rows that go in one transaction. */
const portion = 400;
/** No id of a job and no state looks like this, so what is marked is never found. */
const mark = "job_id = 'removed/' || number, status = 'removed', document = ''";
/** What belongs to a job, with the column that tells its rows apart. */
const parts = [
  ['job_events', 'seq'],
  ['job_results', 'task_id'],
  ['job_tasks', 'position'],
] as const;

/** Hides a job for good. An unknown id is fine. */
export function markRemoved(db: SqliteDatabase, jobId: string): void {
  db.run(`UPDATE jobs SET ${mark} WHERE job_id = ?`, jobId);
}

/** Hides ended jobs beyond the newest. @returns their ids */
export function markPruned(db: SqliteDatabase, keepJobs: number): readonly string[] {
  const ofEnded = 'FROM jobs WHERE status IN (SELECT value FROM json_each(?))';
  const count = Number(db.get(`SELECT count(*) AS count ${ofEnded}`, endedStatuses)?.['count']);
  if (count <= keepJobs) return [];
  const sql = `SELECT number, job_id ${ofEnded} ORDER BY number LIMIT ?`;
  const old = db.all(sql, endedStatuses, count - keepJobs);
  for (const { number } of old) db.run(`UPDATE jobs SET ${mark} WHERE number = ?`, Number(number));
  return old.map((row) => String(row['job_id']));
}

/** Removes some rows of jobs that are marked. @returns whether there were any */
export function sweepSome(db: SqliteDatabase): boolean {
  let left = portion;
  while (left > 0) {
    const number = db.get("SELECT number FROM jobs WHERE status = 'removed' LIMIT 1")?.['number'];
    if (number === undefined) break;
    left -= sweepJob(db, Number(number), left);
  }
  return left < portion;
}

/** Removes log lines of jobs that have more than `keep`, the oldest first, and only so many. @returns whether there were any */
export function dropSomeLogLines(db: SqliteDatabase, keep: number): boolean {
  let left = portion;
  for (const row of db.all('SELECT job, count FROM job_log_lines WHERE count > ? LIMIT ?', keep, portion)) {
    if (left === 0) break;
    const job = Number(row['job']);
    const dropped = Math.min(Number(row['count']) - keep, left);
    const oldest = "SELECT seq FROM job_events WHERE job = ? AND type = 'log' ORDER BY seq LIMIT ?";
    db.run(`DELETE FROM job_events WHERE job = ? AND seq IN (${oldest})`, job, job, dropped);
    db.run('UPDATE job_log_lines SET count = count - ? WHERE job = ?', dropped, job);
    left -= dropped;
  }
  return left < portion;
}

/** @returns how many rows it removed: at most `most`, and none never */
function sweepJob(db: SqliteDatabase, job: number, most: number): number {
  for (const [table, key] of parts) {
    const some = `SELECT ${key} FROM ${table} WHERE job = ? LIMIT ?`;
    const removed = db.run(`DELETE FROM ${table} WHERE job = ? AND ${key} IN (${some})`, job, job, most);
    if (removed > 0) return removed;
  }
  return db.run('DELETE FROM jobs WHERE number = ?', job);
}
