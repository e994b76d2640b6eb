import { writeSync } from 'node:fs';
import { commandExecutor } from './command-executor.fixture.js';
import { startWorker } from './start-worker.js';

// A worker that does what the prompts of its tasks say, and names each task that it begins.
const [connection = '', queueName = '', lockMs = '', concurrency = '1'] = process.argv.slice(2);
const executor = commandExecutor(({ taskId, attempt }) => writeSync(1, `${taskId}#${attempt}\n`));
await startWorker({
  ...{ connection, queueName, executor },
  lockDurationMs: Number(lockMs),
  concurrency: Number(concurrency),
});
writeSync(1, 'ready\n');
