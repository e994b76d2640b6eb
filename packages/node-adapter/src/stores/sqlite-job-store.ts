import { setImmediate } from 'node:timers/promises';
import {
  hasEnded,
  type Job,
  type JobChange,
  type JobEvent,
  type JobListQuery,
  type JobStore,
  jobStatuses,
  type StoredJob,
  type StoredTask,
} from '@corral/core';
import type * as z from 'zod';
import type { Logger } from '../logger.js';
import { applyJobChange } from './job-changes.js';
import { eventDocument, jobDocument, resultDocument, taskDocument, textsDocument } from './job-documents.js';
import { dropSomeLogLines, markPruned, markRemoved, sweepSome } from './job-removal.js';
import type { Row, SqliteDatabase } from './sqlite-database.js';
import { readDocuments } from './sqlite-documents.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';

const openStatuses = JSON.stringify(jobStatuses.filter((status) => !hasEnded(status)));
const inJob = 'job = (SELECT number FROM jobs WHERE job_id = ?)';
const inStatuses = 'status IN (SELECT value FROM json_each(?))';

/**
 * Keeps jobs in the embedded store. A change is one transaction, and on disk when its `commit` resolves. A row that is not
 * what it should be is left out with a warning. Every method rejects with an AdapterError where the store cannot do it.
 */
export class SqliteJobStore implements JobStore {
  readonly #db: SqliteDatabase;
  readonly #logger: Logger;
  readonly #queue: WriteQueue;
  /** Keys of rows that were left out, by table: lists are read again and again. */
  readonly #warned = new Map<string, Set<string>>();

  constructor(db: SqliteDatabase, logger: Logger, options: WriteQueueOptions = {}) {
    this.#db = db;
    this.#logger = logger;
    this.#queue = new WriteQueue(db, options);
  }

  commit(change: JobChange): Promise<boolean> {
    // The ballast is for what would be lost, not for what makes more.
    const isEnd = change.job !== undefined && hasEnded(change.job.job.status);
    return this.#queue.write(() => applyJobChange(this.#db, change), change.result !== undefined || isEnd);
  }

  async loadUnfinished(): Promise<readonly StoredJob[]> {
    const sql = `SELECT job_id AS key, document FROM jobs WHERE ${inStatuses} ORDER BY number`;
    return this.#jobs(this.#db.all(sql, openStatuses)).map((stored) => this.#whole(stored));
  }

  async load(jobId: string): Promise<StoredJob | undefined> {
    const [stored] = this.#jobs(
      this.#db.all('SELECT job_id AS key, document FROM jobs WHERE job_id = ?', jobId),
    );
    return stored && this.#whole(stored);
  }

  async list({
    status = jobStatuses,
    limit,
    cursor,
  }: Required<Pick<JobListQuery, 'limit'>> & JobListQuery): Promise<{
    readonly jobs: readonly Job[];
    readonly nextCursor: string | null;
    readonly total: number;
  }> {
    const wanted = JSON.stringify(status);
    // The inner query needs the index alone, so documents are read for one page only.
    const sql = `SELECT number, job_id AS key, document FROM jobs WHERE number IN (
      SELECT number FROM jobs WHERE ${inStatuses} AND number < ? ORDER BY number DESC LIMIT ?
    ) ORDER BY number DESC`;
    const rows = this.#db.all(sql, wanted, numberOfCursor(cursor), limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const total = this.#db.get(`SELECT count(*) AS total FROM jobs WHERE ${inStatuses}`, wanted)?.['total'];
    return {
      jobs: this.#jobs(page).map(({ job }) => job),
      nextCursor: last && rows.length > limit ? `before-${Number(last['number'])}` : null,
      total: Number(total),
    };
  }

  async tasks(
    jobId: string,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<readonly StoredTask[]> {
    const sql = `SELECT job || '/' || task_id AS key, document FROM job_tasks
      WHERE ${inJob} AND position >= ? ORDER BY position LIMIT ?`;
    return this.#read(this.#db.all(sql, jobId, from, limit), taskDocument, 'job_tasks');
  }

  async task(jobId: string, taskId: string): Promise<StoredTask | undefined> {
    const sql = `SELECT job || '/' || task_id AS key, document FROM job_tasks WHERE ${inJob} AND task_id = ?`;
    return this.#read(this.#db.all(sql, jobId, taskId), taskDocument, 'job_tasks')[0];
  }

  async output(jobId: string, taskId: string): Promise<string | undefined> {
    const sql = `SELECT job || '/' || task_id AS key, document FROM job_results WHERE ${inJob} AND task_id = ?`;
    return this.#read(this.#db.all(sql, jobId, taskId), resultDocument, 'job_results')[0];
  }

  async events(
    jobId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly JobEvent[]> {
    const sql = `SELECT job || '/' || seq AS key, document FROM job_events
      WHERE ${inJob} AND seq > ? ORDER BY seq LIMIT ?`;
    return this.#read(this.#db.all(sql, jobId, after, limit), eventDocument, 'job_events');
  }

  async eventRange(jobId: string): Promise<{ readonly first: number; readonly last: number } | undefined> {
    // Two questions: each is one look into the index, and both in one would be a look at every row.
    const edge = (end: 'min' | 'max'): unknown =>
      this.#db.get(`SELECT ${end}(seq) AS seq FROM job_events WHERE ${inJob}`, jobId)?.['seq'];
    const [first, last] = [edge('min'), edge('max')];
    return typeof first === 'number' && typeof last === 'number' ? { first, last } : undefined;
  }

  async delete(jobId: string): Promise<void> {
    await this.#queue.write(() => markRemoved(this.#db, jobId), true);
    await this.#sweep();
  }

  async prune(limits: {
    readonly keepJobs: number;
    readonly keepEvents: number;
  }): Promise<readonly string[]> {
    const removed = await this.#queue.write(() => markPruned(this.#db, limits.keepJobs), true);
    await this.#sweep(limits.keepEvents);
    return removed;
  }

  /** Removes rows that nobody can see any more, and with `keepEvents` log lines beyond so many. */
  async #sweep(keepEvents = Number.MAX_SAFE_INTEGER): Promise<void> {
    try {
      const some = (): boolean => sweepSome(this.#db) || dropSomeLogLines(this.#db, keepEvents);
      while (await this.#queue.write(some, true)) await setImmediate();
    } catch (error) {
      // What was asked for is done; these rows only take space, and go the next time.
      this.#logger.warn('some rows of removed jobs are still there', { error });
    }
  }

  #jobs(rows: readonly Row[]): readonly StoredJob[] {
    return this.#read(rows, jobDocument, 'jobs');
  }

  /** With the texts that lists have cut. */
  #whole(stored: StoredJob): StoredJob {
    const sql = `SELECT job AS key, document FROM job_texts WHERE ${inJob}`;
    const [texts] = this.#read(this.#db.all(sql, stored.job.jobId), textsDocument, 'job_texts');
    return texts ? { ...stored, job: { ...stored.job, ...texts } } : stored;
  }

  #read<Document>(
    rows: readonly Row[],
    schema: z.core.$ZodType<Document>,
    table: string,
  ): readonly Document[] {
    const warned = this.#warned.get(table) ?? new Set();
    this.#warned.set(table, warned);
    return [...readDocuments(rows, schema, table, this.#logger, warned).values()];
  }
}

/** A cursor comes back from outside: one that is not ours begins at the newest job. */
function numberOfCursor(cursor: string | undefined): number {
  const [, digits] = /^before-([1-9]\d{0,14})$/.exec(cursor ?? '') ?? [];
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits);
}
