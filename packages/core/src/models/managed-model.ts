import { assignTier, type ModelAccess, type ModelFile, type ModelStatus } from './model.js';
import type { ModelDetails } from './model-details.js';
import type { ModelSeries } from './model-series.js';
import type { ModelState } from './model-state.js';
import type { ModelChoices } from './ports.js';
import type { Slot } from './running-server.js';

/** One model as the manager knows it, whoever runs its server. */
export interface ManagedModel {
  readonly modelId: string;
  readonly series: ModelSeries;
  readonly state: ModelState;
  /** Everything known of it now. */
  status(): ModelStatus;
  /** Every number with where it comes from, and the log. */
  details(): ModelDetails;
  /** Looks at its server once and answers what its next slot is. Never rejects. */
  sample(signal: AbortSignal): Promise<Slot>;
  /** Takes what a person chose; it holds from the next start on. */
  choose(choices: ModelChoices): void;
  /** @throws CorralError when it cannot be started */
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** @throws CorralError `action_not_supported` while there is nothing to call */
  access(): ModelAccess;
}

/** The choices of a model that nobody has touched. */
export const noChoices: ModelChoices = {
  enabled: true,
  pinned: false,
  tierOverride: null,
  port: null,
  overrides: {},
};

/** What a model is and what a person chose for it: the part of its status that no server changes. */
export function chosenFacts(
  {
    modelId,
    filename,
    sizeBytes,
    gguf,
  }: Pick<ModelFile, 'modelId' | 'filename' | 'gguf'> & {
    readonly sizeBytes: number | null;
  },
  { enabled, pinned, tierOverride, port, overrides }: ModelChoices,
) {
  return {
    ...{ modelId, filename, sizeBytes, gguf },
    assignedTier: assignTier(sizeBytes),
    ...{ tierOverride, enabled, pinned, fixedPort: port, overrides },
  };
}
