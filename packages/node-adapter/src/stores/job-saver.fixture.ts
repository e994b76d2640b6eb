import { writeSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '../logger.js';
import { storedJob, storedTask, taskEvent } from './jobs.fixture.js';
import { openDatabase } from './sqlite-database.js';
import { SqliteJobStore } from './sqlite-job-store.js';
import { lockStateDir } from './state-dir-lock.js';

// Takes up a job, finishes one of its tasks after another as a runner does, and names each once its commit has resolved,
// until it is killed.
const [stateDir = '', jobId = '', taskCount = '0'] = process.argv.slice(2);
await lockStateDir(stateDir);
const logger = createLogger();
const store = new SqliteJobStore(openDatabase(path.join(stateDir, 'corral.db'), { logger }), logger);
const counts = { pending: 0, running: 0, completed: 0, degraded: 0, failed: 0 };
const plan = Array.from({ length: Number(taskCount) }, (_, i) => storedTask(`t${i}`));
await store.commit({ jobId, job: storedJob(jobId), plan });
for (const [i, { taskId }] of plan.entries()) {
  await store.commit({
    jobId,
    job: storedJob(jobId, { totalTokens: i + 1, taskCounts: { ...counts, completed: i + 1 } }),
    tasks: [storedTask(taskId, { status: 'completed' })],
    result: { taskId, output: `output of ${taskId} `.repeat(100) },
    events: [taskEvent(i + 1, taskId)],
  });
  writeSync(1, `${taskId}\n`);
}
// Waits for the kill.
setInterval(() => {}, 1000);
