import * as z from 'zod/mini';
import { limits } from '../limits.js';
import { endpointConditions, endpointKinds, endpointModelStates } from './endpoint.js';

/** How much one report may hold. Agents cut theirs to it. */
export const reportLimits = {
  endpoints: limits.hostEndpoints,
  modelsPerEndpoint: 256,
  gpus: 64,
  addresses: 32,
  /** UTF-16 units of every name but those of models, after normalisation. */
  nameLength: 128,
  /** UTF-16 units of the name of a model: as long as probes show them. */
  modelNameLength: 256,
  /** Milliseconds between two reports. */
  intervalMs: { least: 100, most: 3_600_000 },
} as const;

/** Controls, halves of characters, line separators, and what turns the direction of the text around it. */
const unshowable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** Text that is shown to people: one form of every character, none that a terminal or a bidi reader obeys. */
const text = (length: number) =>
  z.string().check(
    z.normalize('NFC'),
    z.minLength(1),
    z.maxLength(length),
    z.refine((value) => !unshowable.test(value), 'Expected text without control characters'),
  );
const name = text(reportLimits.nameLength);
const count = z.int().check(z.minimum(0));
const bytes = z.nullable(count);
const percent = z.nullable(z.number().check(z.minimum(0), z.maximum(100)));
const positive = z.nullable(z.number().check(z.minimum(0)));

const gpu = z.strictObject({
  index: count,
  name: z.nullable(name),
  vramUsed: bytes,
  vramTotal: bytes,
  utilizationPercent: percent,
  temperatureC: z.nullable(z.number()),
  powerW: positive,
});

const resources = z.strictObject({
  cpuPercent: percent,
  cpuCount: positive,
  ramUsed: bytes,
  ramTotal: bytes,
  ramLimit: z.enum(['host', 'container']),
  vramUsed: bytes,
  vramTotal: bytes,
  memoryKind: z.enum(['discrete', 'unified']),
  memoryPressurePercent: percent,
  gpus: z.array(gpu).check(z.maxLength(reportLimits.gpus)),
});

const endpoint = z.strictObject({
  name,
  scheme: z.enum(['http', 'https']),
  host: text(253),
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  basePath: z.string().check(
    z.maxLength(512),
    z.refine((value) => !unshowable.test(value), 'Expected text without control characters'),
  ),
  kind: z.nullable(z.enum(endpointKinds)),
  status: z.enum(['healthy', 'unhealthy', 'unknown']),
  condition: z.nullable(z.enum(endpointConditions)),
  models: z
    .array(
      z.strictObject({
        name: text(reportLimits.modelNameLength),
        state: z.nullable(z.enum(endpointModelStates)),
        sizeBytes: bytes,
        vramBytes: bytes,
      }),
    )
    .check(z.maxLength(reportLimits.modelsPerEndpoint)),
  latencyMs: positive,
  queueDepth: z.nullable(count),
});

/**
 * Schema of {@link AgentReport}, the body of `POST /api/hosts/:id/report`. Names come out in Unicode's form NFC. What
 * fields say of each other, such as memory in use beyond all that there is, the route judges.
 */
export const agentReportSchema = z.strictObject({
  seq: count,
  at: z.iso.datetime(),
  intervalMs: z
    .number()
    .check(z.minimum(reportLimits.intervalMs.least), z.maximum(reportLimits.intervalMs.most)),
  name,
  system: z.nullable(name),
  addresses: z.array(z.union([z.ipv4(), z.ipv6()])).check(z.maxLength(reportLimits.addresses)),
  resources,
  endpoints: z.array(endpoint).check(z.maxLength(reportLimits.endpoints)),
});
