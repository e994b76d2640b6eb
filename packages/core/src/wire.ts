/**
 * Schemas of everything that travels from a hub to its readers, on zod's small build.
 *
 * They are a subpath of their own so that widgets never load them. Use them where bytes come from elsewhere: in
 * contract tests, in a gateway of your own, in a program that stores snapshots.
 */
import * as z from 'zod/mini';
import { modelTiers } from './models/model.js';
import { modelStates } from './models/model-state.js';

const nullable = <Schema extends z.core.SomeType>(schema: Schema) => z.nullable(schema);
const count = z.int().check(z.minimum(0));
const isoTime = z.iso.datetime();

/** Schema of {@link ModelSettings}. */
export const modelSettingsSchema = z.strictObject({
  nGpuLayers: count,
  ctxSize: count,
  nThreads: count,
  batchSize: count,
});

/** Schema of {@link ModelStatus}. */
export const modelStatusSchema = z.strictObject({
  modelId: z.string(),
  filename: z.string(),
  sizeBytes: count,
  assignedTier: z.enum(modelTiers),
  tierOverride: nullable(z.enum(modelTiers)),
  enabled: z.boolean(),
  control: z.enum(['owned', 'none']),
  port: nullable(count),
  pid: nullable(count),
  state: z.enum(modelStates),
  failureCode: nullable(z.string()),
  isHealthy: z.boolean(),
  consecutiveFailures: count,
  lastCheckedAt: nullable(isoTime),
  latencyMs: nullable(z.number()),
  errorMessage: nullable(z.string()),
  requestCount: nullable(count),
  errorCount: nullable(count),
  totalResponseTimeMs: nullable(z.number()),
  startedAt: nullable(isoTime),
  uptimeSeconds: nullable(count),
  settings: modelSettingsSchema,
});

/** Schema of {@link RejectedFile}. */
export const rejectedFileSchema = z.strictObject({ filename: z.string(), reason: z.string() });

/** Schema of {@link ModelSeriesWire}. */
export const modelSeriesSchema = z.strictObject({
  modelId: z.string(),
  tokensPerSecond: z.array(z.number()),
  currentTokensPerSecond: nullable(z.number()),
  memoryGb: z.array(z.number()),
  currentMemoryGb: nullable(z.number()),
  latencyMs: z.array(z.number()),
  currentLatencyMs: nullable(z.number()),
  valid: z.strictObject({
    tokensPerSecond: z.array(z.boolean()),
    memoryGb: z.array(z.boolean()),
    latencyMs: z.array(z.boolean()),
  }),
});

/** Schema of `GET /api/models/status`. */
export const modelsStatusSchema = z.strictObject({
  models: z.array(modelStatusSchema),
  rejected: z.array(rejectedFileSchema),
  metrics: z.array(modelSeriesSchema),
  metricsTimestamp: isoTime,
});

/** Schema of `GET /api/snapshot` and of the SSE event `snapshot`. */
export const snapshotSchema = z.strictObject({
  ...modelsStatusSchema.shape,
  tick: count,
  sampleIntervalMs: z.number(),
  lastEventId: z.string(),
});

/** Schemas of the payloads of the SSE events, by event name. */
export const eventSchemas = {
  'models:scanned': z.strictObject({
    models: z.array(modelStatusSchema),
    rejected: z.array(rejectedFileSchema),
  }),
  'model:state-changed': z.strictObject({ model: modelStatusSchema, previousState: z.enum(modelStates) }),
  'model:updated': z.strictObject({ model: modelStatusSchema }),
  'models:sampled': z.strictObject({
    tick: count,
    at: isoTime,
    samples: z.array(
      z.strictObject({
        modelId: z.string(),
        tokensPerSecond: nullable(z.number()),
        memoryGb: nullable(z.number()),
        latencyMs: nullable(z.number()),
      }),
    ),
  }),
} as const;

/** Schema of every answer that reports an error. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    details: z.optional(z.record(z.string(), z.unknown())),
  }),
});

/** Schema of `GET /api/models/:id/access`. */
export const modelAccessSchema = z.strictObject({ baseUrl: z.string(), apiKey: nullable(z.string()) });
