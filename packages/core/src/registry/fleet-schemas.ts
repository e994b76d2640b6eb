/** Schemas of what travels of the fleet: endpoints, hosts, and numbers over time. */
import * as z from 'zod/mini';
import { metricsFields } from '../metrics/metrics-snapshot.js';
import { endpointConditions, endpointKinds, endpointModelStates, endpointOrigins } from './endpoint.js';

const nullable = <Schema extends z.core.SomeType>(schema: Schema) => z.nullable(schema);
const count = z.int().check(z.minimum(0));
const isoTime = z.iso.datetime();

/** Schema of {@link EndpointModel}. */
export const endpointModelSchema = z.strictObject({
  name: z.string(),
  state: nullable(z.enum(endpointModelStates)),
  sizeBytes: nullable(count),
  vramBytes: nullable(count),
});

/** Schema of {@link Endpoint}. */
export const endpointSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  scheme: z.enum(['http', 'https']),
  host: z.string(),
  port: count,
  basePath: z.string(),
  kind: nullable(z.enum(endpointKinds)),
  source: z.enum(['auto', 'manual']),
  origin: z.enum(endpointOrigins),
  status: z.enum(['healthy', 'unhealthy', 'unknown']),
  condition: nullable(z.enum(endpointConditions)),
  models: z.array(endpointModelSchema),
  lastCheckedAt: nullable(isoTime),
  latencyMs: nullable(z.number()),
  queueDepth: nullable(count),
  hostId: nullable(z.string()),
});

const bytes = count;
const percent = z.number().check(z.minimum(0), z.maximum(100));

/** Schema of {@link GpuResources}. */
export const gpuResourcesSchema = z.strictObject({
  index: count,
  name: nullable(z.string()),
  vramUsed: nullable(bytes),
  vramTotal: nullable(bytes),
  utilizationPercent: nullable(percent),
  temperatureC: nullable(z.number()),
  powerW: nullable(z.number()),
});

/** Schema of {@link ResourceReading}. */
export const resourceReadingSchema = z.strictObject({
  cpuPercent: nullable(percent),
  cpuCount: nullable(z.number()),
  ramUsed: nullable(bytes),
  ramTotal: nullable(bytes),
  ramLimit: z.enum(['host', 'container']),
  vramUsed: nullable(bytes),
  vramTotal: nullable(bytes),
  memoryKind: z.enum(['discrete', 'unified']),
  memoryPressurePercent: nullable(percent),
  gpus: z.array(gpuResourcesSchema),
});

/** Schema of {@link HostResources}. */
export const hostResourcesSchema = z.strictObject({
  ...resourceReadingSchema.shape,
  hostId: z.string(),
  name: z.string(),
  source: z.enum(['local', 'agent']),
  status: z.enum(['live', 'stale', 'lost']),
  addresses: z.array(z.string()),
  reportedAt: nullable(isoTime),
  clockSkewMs: nullable(z.number()),
  system: nullable(z.string()),
});

/** Schema of {@link RegistrySnapshot} and of `GET /api/registry`. */
export const registrySchema = z.strictObject({
  endpoints: z.array(endpointSchema),
  resources: z.array(hostResourcesSchema),
  fleetModels: z.array(z.strictObject({ model: z.string(), hosts: count, loadedHosts: count })),
});

/** Schema of {@link MetricsSnapshot}. */
export const metricsSnapshotSchema = z.strictObject({
  ...(Object.fromEntries(metricsFields.map((name) => [name, nullable(z.number())])) as Record<
    (typeof metricsFields)[number],
    z.ZodMiniNullable<z.ZodMiniNumber>
  >),
  id: z.string(),
  backendId: z.string(),
  name: z.string(),
  at: isoTime,
  error: z.optional(z.string()),
});

/** Schema of {@link MetricsWindow}. */
export const metricsWindowSchema = z.strictObject({
  backendId: z.string(),
  name: z.string(),
  atMs: z.array(z.number()),
  values: z.partialRecord(z.enum(metricsFields), z.array(nullable(z.number()))),
});

/** Schema of `GET /api/metrics`: the latest readings, and windows where they were asked for. */
export const metricsAnswerSchema = z.strictObject({
  snapshots: z.array(metricsSnapshotSchema),
  windows: z.optional(z.array(metricsWindowSchema)),
});

/**
 * Schema of the body of `POST /api/registry/endpoints`. What the address is made of is judged by the hub, which says what
 * is wrong with which part.
 */
export const registerRequestSchema = z.strictObject({
  host: z.optional(z.unknown()),
  port: z.optional(z.unknown()),
  scheme: z.optional(z.unknown()),
  basePath: z.optional(z.unknown()),
  apiKey: z.optional(z.unknown()),
  name: z.optional(z.string()),
  kind: z.optional(z.enum(endpointKinds)),
});
