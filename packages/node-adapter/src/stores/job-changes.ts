import { briefJob, type JobChange, type JobEvent, type StoredJob, type StoredTask } from '@corral/core';
import type { SqliteDatabase } from './sqlite-database.js';
import { storeError } from './sqlite-failure.js';

/**
 * Makes a change of a job, as a part of a transaction of the caller.
 * @returns false, and nothing was changed, when its task has a result
 * @throws AdapterError `store_unusable` when there is no such job
 */
export function applyJobChange(db: SqliteDatabase, change: JobChange): boolean {
  const { jobId, job, plan, tasks = [], result, events = [] } = change;
  if (result && hasResult(db, jobId, result.taskId)) return false;
  const number = job ? putJob(db, jobId, job) : numberOf(db, jobId);
  if (number === undefined)
    throw storeError('unusable', new Error('Expected a change of a job that is stored'));
  if (plan) putPlan(db, number, plan);
  for (const task of tasks) {
    const sql = 'UPDATE job_tasks SET document = ? WHERE job = ? AND task_id = ?';
    db.run(sql, JSON.stringify(task), number, task.taskId);
  }
  if (result) {
    const sql = 'INSERT INTO job_results (job, task_id, document) VALUES (?, ?, ?)';
    db.run(sql, number, result.taskId, JSON.stringify(result.output));
  }
  addEvents(db, number, events);
  return true;
}

function numberOf(db: SqliteDatabase, jobId: string): number | undefined {
  const number = db.get('SELECT number FROM jobs WHERE job_id = ?', jobId)?.['number'];
  return number === undefined ? undefined : Number(number);
}

function hasResult(db: SqliteDatabase, jobId: string, taskId: string): boolean {
  const sql = `SELECT 1 FROM job_results
    WHERE job = (SELECT number FROM jobs WHERE job_id = ?) AND task_id = ?`;
  return db.get(sql, jobId, taskId) !== undefined;
}

function putJob(db: SqliteDatabase, jobId: string, stored: StoredJob): number {
  const job = briefJob(stored.job);
  // Not REPLACE, which would remove the job first, and all that belongs to it.
  const sql = `INSERT INTO jobs (job_id, status, document) VALUES (?, ?, ?)
    ON CONFLICT (job_id) DO UPDATE SET status = excluded.status, document = excluded.document
    RETURNING number`;
  const number = Number(db.get(sql, jobId, job.status, JSON.stringify({ ...stored, job }))?.['number']);
  putTexts(db, number, stored.job === job ? undefined : stored.job);
  return number;
}

/** Texts are written once: what is the same is left alone. @param job has more than its document; `undefined`: it has not */
function putTexts(db: SqliteDatabase, number: number, job: StoredJob['job'] | undefined): void {
  if (!job) {
    db.run('DELETE FROM job_texts WHERE job = ?', number);
    return;
  }
  const { projectDescription, successCriteria, labels } = job;
  const sql = `INSERT INTO job_texts (job, document) VALUES (?, ?)
    ON CONFLICT (job) DO UPDATE SET document = excluded.document WHERE document <> excluded.document`;
  db.run(sql, number, JSON.stringify({ projectDescription, successCriteria, labels }));
}

function putPlan(db: SqliteDatabase, number: number, plan: readonly StoredTask[]): void {
  // A change whose commit was rejected may have been made all the same, and comes again.
  db.run('DELETE FROM job_tasks WHERE job = ?', number);
  for (const [position, task] of plan.entries()) {
    const sql = 'INSERT INTO job_tasks (job, position, task_id, document) VALUES (?, ?, ?, ?)';
    db.run(sql, number, position, task.taskId, JSON.stringify(task));
  }
}

function addEvents(db: SqliteDatabase, number: number, events: readonly JobEvent[]): void {
  let logLines = 0;
  for (const event of events) {
    const sql = `INSERT INTO job_events (job, seq, type, document) VALUES (?, ?, ?, ?)
      ON CONFLICT (job, seq) DO NOTHING`;
    const added = db.run(sql, number, event.seq, event.type, JSON.stringify(event));
    if (event.type === 'log') logLines += added;
  }
  if (logLines === 0) return;
  const sql = `INSERT INTO job_log_lines (job, count) VALUES (?, ?)
    ON CONFLICT (job) DO UPDATE SET count = count + excluded.count`;
  db.run(sql, number, logLines);
}
