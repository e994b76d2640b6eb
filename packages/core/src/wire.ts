/**
 * Schemas of everything that travels from a hub to its readers, on zod's small build.
 *
 * They are a subpath of their own so that widgets never load them. Use them where bytes come from elsewhere: in
 * contract tests, in a gateway of your own, in a program that stores snapshots.
 */
import * as z from 'zod/mini';
import { jobSchema, modelTelemetrySchema } from './jobs/job-schemas.js';
import { modelControls, modelTiers, rejectionCodes } from './models/model.js';
import { modelValueNames } from './models/model-details.js';
import { numericSettings } from './models/model-settings.js';
import { modelStates } from './models/model-state.js';
import {
  endpointSchema,
  hostResourcesSchema,
  metricsSnapshotSchema,
  registrySchema,
} from './registry/fleet-schemas.js';

export {
  jobDetailSchema,
  jobEventSchema,
  jobPageSchema,
  jobSchema,
  jobSpecSchema,
  jobTaskSchema,
  modelTelemetrySchema,
} from './jobs/job-schemas.js';
export {
  endpointModelSchema,
  endpointSchema,
  gpuResourcesSchema,
  hostResourcesSchema,
  metricsAnswerSchema,
  metricsSnapshotSchema,
  metricsWindowSchema,
  registerRequestSchema,
  registrySchema,
  resourceReadingSchema,
} from './registry/fleet-schemas.js';
export { agentReportSchema, reportLimits } from './registry/report-schema.js';

const nullable = <Schema extends z.core.SomeType>(schema: Schema) => z.nullable(schema);
const count = z.int().check(z.minimum(0));
const isoTime = z.iso.datetime();

const numbers = <Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, z.number()])) as Record<Names[number], z.ZodMiniNumber>;

/** Schema of {@link ModelSettings}. Which numbers are allowed is for the hub to say, by field. */
export const modelSettingsSchema = z.strictObject({
  ...numbers(numericSettings),
  extraFlags: z.array(z.string()),
});

/** Schema of what a person set for one model. */
export const settingsOverridesSchema = z.partial(modelSettingsSchema);

/** Schema of settings to change: `null` asks for the default. */
export const settingsPatchSchema = z.partial(
  z.strictObject({
    ...(Object.fromEntries(numericSettings.map((name) => [name, nullable(z.number())])) as Record<
      (typeof numericSettings)[number],
      z.ZodMiniNullable<z.ZodMiniNumber>
    >),
    extraFlags: nullable(z.array(z.string())),
  }),
);

/** Schema of the body of `PATCH /api/models/:id`. */
export const modelPatchSchema = z.partial(
  z.strictObject({
    enabled: z.boolean(),
    pinned: z.boolean(),
    tierOverride: nullable(z.enum(modelTiers)),
    port: nullable(z.number()),
    settings: settingsPatchSchema,
  }),
);

/** Schema of the body of `PATCH /api/models/defaults`. */
export const defaultsPatchSchema = z.strictObject({ settings: settingsPatchSchema });

/** Schema of the body of `POST /api/models/attach`. */
export const attachRequestSchema = z.strictObject({
  url: z.string(),
  apiKey: z.optional(z.string()),
  name: z.optional(z.string()),
  scrapeMetrics: z.optional(z.boolean()),
});

/** Schema of {@link ModelDefaults}. */
export const modelDefaultsSchema = z.strictObject({
  settings: modelSettingsSchema,
  builtIn: modelSettingsSchema,
  portRange: z.strictObject({ from: count, to: count }),
});

const progress = { done: count, total: count };
const bulkProgressSchema = z.strictObject({ ...progress, action: z.enum(['start', 'stop']), failed: count });

/** Schema of what is under way in a hub. */
export const activitySchema = z.strictObject({
  scan: nullable(z.strictObject(progress)),
  bulk: nullable(bulkProgressSchema),
});

/** Schema of {@link GgufFacts}. */
export const ggufFactsSchema = z.strictObject({
  architecture: nullable(z.string()),
  name: nullable(z.string()),
  quantization: nullable(z.string()),
  parameterCount: z.number(),
  contextLength: nullable(z.number()),
  layerCount: nullable(z.number()),
  shardCount: count,
});

/** Schema of {@link ModelStatus}. */
export const modelStatusSchema = z.strictObject({
  modelId: z.string(),
  filename: z.string(),
  sizeBytes: nullable(count),
  gguf: nullable(ggufFactsSchema),
  endpointId: nullable(z.string()),
  assignedTier: z.enum(modelTiers),
  tierOverride: nullable(z.enum(modelTiers)),
  enabled: z.boolean(),
  pinned: z.boolean(),
  control: z.enum(modelControls),
  port: nullable(count),
  fixedPort: nullable(count),
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
  load: nullable(z.strictObject({ processing: count, deferred: count })),
  restartInSeconds: nullable(count),
  lastExit: nullable(
    z.strictObject({
      exitCode: nullable(z.int()),
      signal: nullable(z.string()),
      message: z.string(),
      at: isoTime,
    }),
  ),
  settings: modelSettingsSchema,
  overrides: settingsOverridesSchema,
  restartNeeded: z.boolean(),
});

/** Schema of {@link RejectedFile}. */
export const rejectedFileSchema = z.strictObject({
  filename: z.string(),
  code: z.enum(rejectionCodes),
  reason: z.string(),
});

/** Schema of {@link ModelDetails}. */
export const modelDetailsSchema = z.strictObject({
  modelId: z.string(),
  values: z.record(
    z.enum(modelValueNames),
    z.strictObject({
      value: nullable(z.number()),
      source: z.string(),
      ageMs: nullable(z.number()),
      valid: z.boolean(),
    }),
  ),
  logTail: z.array(z.string()),
});

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
  defaults: modelDefaultsSchema,
  registry: registrySchema,
  backends: z.array(metricsSnapshotSchema),
  jobs: z.array(jobSchema),
  telemetry: z.array(modelTelemetrySchema),
  activity: activitySchema,
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
  'models:scan-progressed': z.strictObject(progress),
  'models:bulk-progressed': bulkProgressSchema,
  'models:defaults-changed': z.strictObject({ defaults: modelDefaultsSchema }),
  'endpoint:registered': z.strictObject({ endpoint: endpointSchema }),
  'endpoint:updated': z.strictObject({ endpoint: endpointSchema }),
  'endpoint:removed': z.strictObject({ endpointId: z.string() }),
  'endpoints:checked': z.strictObject({
    checks: z.array(
      z.strictObject({
        endpointId: z.string(),
        lastCheckedAt: nullable(isoTime),
        latencyMs: nullable(z.number()),
        queueDepth: nullable(count),
      }),
    ),
  }),
  'host:reported': z.strictObject({ host: hostResourcesSchema }),
  'host:removed': z.strictObject({ hostId: z.string() }),
  'metrics:collected': z.strictObject({ snapshots: z.array(metricsSnapshotSchema) }),
  'job:submitted': z.strictObject({ job: jobSchema }),
  'job:updated': z.strictObject({ job: jobSchema }),
  'job:removed': z.strictObject({ jobId: z.string() }),
  'telemetry:recorded': z.strictObject({ models: z.array(modelTelemetrySchema) }),
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
