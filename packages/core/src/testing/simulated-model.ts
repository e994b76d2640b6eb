import type { ModelStatus } from '../models/model.js';
import { defaultModelSettings } from '../models/model-settings.js';
import { isRunning } from '../models/model-state.js';

/** A model for stories and tests: offline, with the facts given. */
export function simulatedModel(facts: Partial<ModelStatus> & { readonly modelId: string }): ModelStatus {
  const runs = facts.state !== undefined && isRunning(facts.state);
  return {
    filename: `${facts.modelId}.gguf`,
    sizeBytes: 4_200_000_000,
    gguf: null,
    endpointId: null,
    assignedTier: 'fast',
    tierOverride: null,
    enabled: true,
    pinned: false,
    control: 'owned',
    port: 8100,
    fixedPort: null,
    pid: runs ? 4242 : null,
    state: 'offline',
    failureCode: null,
    isHealthy: facts.state === 'ready' || facts.state === 'sleeping',
    consecutiveFailures: 0,
    lastCheckedAt: null,
    latencyMs: null,
    errorMessage: null,
    requestCount: runs ? 0 : null,
    errorCount: runs ? 0 : null,
    totalResponseTimeMs: runs ? 0 : null,
    startedAt: runs ? '2026-01-01T00:00:00.000Z' : null,
    uptimeSeconds: runs ? 0 : null,
    load: runs ? { processing: 0, deferred: 0 } : null,
    restartInSeconds: null,
    lastExit: null,
    settings: defaultModelSettings,
    overrides: {},
    restartNeeded: false,
    ...facts,
  };
}
