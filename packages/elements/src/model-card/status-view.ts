import type { ModelState, ModelStatus } from '@corral/core';
import { isRunning } from '@corral/core';

/** How a state looks: its token of colour, and whether it pulses. */
export interface StatusView {
  readonly label: string;
  readonly tone: 'ok' | 'warn' | 'danger' | 'idle';
  readonly pulses: boolean;
}

const tones: Readonly<Record<ModelState, StatusView['tone']>> = {
  offline: 'idle',
  starting: 'warn',
  loading: 'warn',
  ready: 'ok',
  unhealthy: 'danger',
  sleeping: 'idle',
  stopping: 'warn',
  backoff: 'danger',
  failed: 'danger',
};

/** What a card says of a state: ACTIVE for `ready`, the state's own name otherwise. */
export function statusView(state: ModelState): StatusView {
  return {
    label: state === 'ready' ? 'ACTIVE' : state.toUpperCase(),
    tone: tones[state],
    pulses: state === 'ready',
  };
}

/** Which actions a card offers now. */
export interface ModelActions {
  readonly start: boolean;
  readonly stop: boolean;
  readonly restart: boolean;
}

/** START without a process, STOP and RESTART with one; a model that is only watched has neither. */
export function actionsOf(model: ModelStatus): ModelActions {
  if (model.control !== 'owned') return { start: false, stop: false, restart: false };
  const runs = isRunning(model.state);
  return { start: !runs, stop: runs || model.state === 'backoff', restart: runs };
}

/** The badge of each tier. */
export const tierBadges = { fast: 'Q2', balanced: 'Q3', powerful: 'Q4' } as const;
