/** Schemas of what travels of jobs and of the telemetry of models. */
import * as z from 'zod/mini';
import { jobLogLevels } from './job-event.js';
import { jobReasons, jobStatuses, taskFailureCodes, taskStatuses } from './job-state.js';

const nullable = <Schema extends z.core.SomeType>(schema: Schema) => z.nullable(schema);
const count = z.int().check(z.minimum(0));
const amount = z.number().check(z.minimum(0));
const share = z.number().check(z.minimum(0), z.maximum(1));
const isoTime = z.iso.datetime();

const specShape = {
  projectDescription: z.string(),
  successCriteria: z.array(z.string()),
  budgetUsd: amount,
  budgetTokens: nullable(count),
  timeLimitS: amount,
  concurrency: count,
  maxIterations: count,
  targetScore: share,
  model: nullable(z.string()),
  labels: z.array(z.string()),
};

/** Schema of {@link JobSpec}. */
export const jobSpecSchema = z.strictObject({
  ...specShape,
  tasks: nullable(
    z.array(
      z.strictObject({
        taskId: z.string(),
        title: z.string(),
        prompt: z.string(),
        dependsOn: z.array(z.string()),
      }),
    ),
  ),
});

/** Schema of {@link Job}. */
export const jobSchema = z.strictObject({
  ...specShape,
  jobId: z.string(),
  status: z.enum(jobStatuses),
  statusReason: nullable(z.enum(jobReasons)),
  finalStatus: nullable(z.enum(['done', 'failed', 'cancelled'])),
  totalCost: nullable(amount),
  unpricedCalls: count,
  totalTokens: count,
  reservedUsd: amount,
  elapsedS: amount,
  taskCounts: z.record(z.enum(taskStatuses), count),
  createdAt: isoTime,
  updatedAt: isoTime,
  startedAt: nullable(isoTime),
  endedAt: nullable(isoTime),
});

const taskShape = {
  taskId: z.string(),
  title: z.string(),
  dependsOn: z.array(z.string()),
  status: z.enum(taskStatuses),
  failureCode: nullable(z.enum(taskFailureCodes)),
  score: nullable(share),
  model: nullable(z.string()),
  costUsd: nullable(amount),
  iterations: count,
  attempt: count,
  startedAt: nullable(isoTime),
  endedAt: nullable(isoTime),
};

/** Schema of {@link JobTask}. */
export const jobTaskSchema = z.strictObject(taskShape);

/** Schema of {@link JobDetail} and of `GET /api/jobs/:id`. */
export const jobDetailSchema = z.strictObject({
  job: jobSchema,
  tasks: z.array(jobTaskSchema),
  tasksFrom: count,
  taskCount: count,
});

/** Schema of {@link JobPage} and of `GET /api/jobs`. */
export const jobPageSchema = z.strictObject({
  jobs: z.array(jobSchema),
  nextCursor: nullable(z.string()),
  total: count,
});

const numbered = { seq: count, ts: isoTime };

/** Schema of {@link JobEvent}: the data of each event of `GET /api/jobs/:id/stream`. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...numbered,
    type: z.literal('log'),
    level: z.enum(jobLogLevels),
    msg: z.string(),
    taskId: nullable(z.string()),
  }),
  z.strictObject({ ...numbered, type: z.literal('task'), ...taskShape }),
  z.strictObject({
    ...numbered,
    type: z.literal('done'),
    status: z.enum(['done', 'failed', 'cancelled']),
    totalCost: nullable(amount),
  }),
]);

/** Schema of {@link ModelTelemetryEntry}. */
export const modelTelemetrySchema = z.strictObject({
  model: z.string(),
  provider: z.string(),
  callCount: count,
  failureCount: count,
  cancelledCount: count,
  successRate: nullable(share),
  trustFactor: nullable(share),
  avgLatencyMs: nullable(amount),
  latencyP95Ms: nullable(amount),
  avgTtftMs: nullable(amount),
  avgTokensPerSecond: nullable(amount),
  avgCostUsd: nullable(amount),
  costPer1mInput: nullable(amount),
  costPer1mOutput: nullable(amount),
  lastCallAt: nullable(isoTime),
});
