import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startJobSaver } from './sqlite-children.fixture.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteJobStore } from './sqlite-job-store.js';
import { lockStateDir } from './state-dir-lock.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const taskCount = 1000;
const all = { from: 0, after: 0, limit: taskCount } as const;
/** The long suite asks for more. */
const kills = Number(process.env['CORRAL_KILLS'] ?? 5);

it(`F61 F62 F66 keeps what was promised before each of ${kills} kills, and nothing by halves`, {
  timeout: 30_000 + kills * 5000,
}, async () => {
  const stateDir = path.dirname(folder.file);
  const expected: string[] = [];
  for (let round = 0; round < kills; round++) {
    const jobId = `j${round}`;
    const child = startJobSaver(stateDir, jobId, taskCount);
    let output = '';
    const begun = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        resolve();
      });
    });
    const ended = once(child, 'close');
    await Promise.race([begun, ended]);
    await expect(lockStateDir(stateDir)).rejects.toMatchObject({ code: 'state_dir_locked', retryable: true });
    await sleep(Math.random() * 50);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const promised = output.split('\n').slice(0, -1);
    expect(promised.length).toBeGreaterThan(0);

    const unlock = await lockStateDir(stateDir);
    const db = folder.open();
    const store = new SqliteJobStore(db, folder.logger);
    const tasks = await store.tasks(jobId, all);
    const finished = tasks.filter(({ status }) => status === 'completed').map(({ taskId }) => taskId);
    expect(tasks).toHaveLength(taskCount);
    // The last one may be on disk though nobody heard of it.
    expect(finished.slice(0, promised.length)).toEqual(promised);
    expect(finished.length - promised.length).toBeLessThanOrEqual(1);
    expected.push(...finished.map((taskId) => `${jobId}/${taskId}`));
    const sql = `SELECT job_id || '/' || task_id AS name FROM job_results JOIN jobs ON job = number
      ORDER BY job_results.rowid`;
    expect(db.all(sql).map(({ name }) => name)).toEqual(expected);
    const events = await store.events(jobId, all);
    expect(events.map((event) => event.type === 'task' && event.taskId)).toEqual(finished);
    expect((await store.load(jobId))?.job).toMatchObject({
      totalTokens: finished.length,
      taskCounts: { completed: finished.length },
    });
    expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
    db.close();
    await unlock();
  }
  expect(folder.warnings).toEqual([]);
});
