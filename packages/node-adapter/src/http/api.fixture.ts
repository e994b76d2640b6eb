import { EventHub, Hub, type HubEvents, type JobRunner, LaunchFailure, ModelManager } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';

/**
 * A hub of two models, `meadow` and `prairie`, that cannot be started: nothing here runs a process.
 * @param jobs runs jobs; default: nobody does
 * @param degraded what of it does not work
 */
export async function twoModelHub(
  jobs?: (events: EventHub<HubEvents>) => JobRunner,
  degraded: readonly string[] = [],
): Promise<Hub> {
  const clock = new SimulatedClock();
  const events = new EventHub<HubEvents>();
  const models = new ModelManager({
    source: {
      scan: async () => ({
        files: ['meadow', 'prairie'].map((name) => ({
          modelId: name,
          filename: `${name}.gguf`,
          path: `/secret/folder/${name}.gguf`,
          sizeBytes: 7_000_000,
          gguf: null,
        })),
        rejected: [{ filename: 'text.gguf', code: 'not_gguf', reason: 'This is not a GGUF file' }],
      }),
    },
    launcher: {
      launch: () => Promise.reject(new LaunchFailure('spawn_enoent', '`llama-server` was not found')),
    },
    prober: { open: () => ({ check: () => Promise.reject(new Error('unused')), close: async () => {} }) },
    connector: {
      judge: async (url) => ({ scheme: 'http', host: url, port: 8080, basePath: '' }),
      judgeParts: () => Promise.reject(new Error('unused')),
      connect: async () => ({ condition: 'refused', problem: 'The connection was refused' }),
    },
    events,
    clock,
  });
  await models.scan();
  return new Hub({
    events,
    models,
    sampleIntervalMs: 1000,
    clock,
    degraded,
    ...(jobs && { jobs: jobs(events) }),
  });
}
