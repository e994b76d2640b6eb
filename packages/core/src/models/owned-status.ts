import { chosenFacts } from './managed-model.js';
import type { LastExit, ModelFile, ModelStatus } from './model.js';
import { type ModelSettings, sameSettings } from './model-settings.js';
import type { ModelState } from './model-state.js';
import type { ModelChoices } from './ports.js';
import type { Failure } from './readiness.js';
import { noServerFacts, type RunningServer } from './running-server.js';

/** The part of the status of a model of our own that its supervisor knows. */
export interface LifecycleFacts {
  readonly state: ModelState;
  readonly server: RunningServer | undefined;
  readonly settings: ModelSettings;
  /** The port that is held now. */
  readonly port: number | null;
  readonly failure: Failure | null;
  readonly lastExit: LastExit | null;
  readonly misses: number;
  readonly lastCheckedAt: string | null;
  readonly latencyMs: number | null;
  readonly restartInSeconds: number | null;
}

/** Everything known of a model of our own. */
export function ownedStatus(file: ModelFile, choices: ModelChoices, facts: LifecycleFacts): ModelStatus {
  const { state, server, settings, port, failure, lastExit, misses } = facts;
  return {
    ...chosenFacts(file, choices),
    endpointId: null,
    control: 'owned',
    port: port ?? choices.port,
    state,
    failureCode: failure?.code ?? null,
    isHealthy: state === 'ready' || state === 'sleeping',
    consecutiveFailures: misses,
    lastCheckedAt: facts.lastCheckedAt,
    latencyMs: server ? facts.latencyMs : null,
    errorMessage: failure?.message ?? null,
    ...(server?.facts() ?? noServerFacts),
    restartInSeconds: facts.restartInSeconds,
    lastExit,
    settings,
    restartNeeded: server !== undefined && runsOtherwise(server, settings, choices.port),
  };
}

function runsOtherwise(server: RunningServer, settings: ModelSettings, fixedPort: number | null): boolean {
  return !sameSettings(server.settings, settings) || (fixedPort !== null && fixedPort !== server.port);
}
