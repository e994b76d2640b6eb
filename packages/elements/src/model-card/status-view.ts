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

/** One thing that can be done with a model, as a button. */
export interface ModelAction {
  readonly name: 'start' | 'stop' | 'restart';
  readonly caption: string;
}

/** START without a process, STOP and RESTART with one; a server of others loads and unloads, or is only watched. */
export function actionsOf({ control, state }: Pick<ModelStatus, 'control' | 'state'>): ModelAction[] {
  if (control === 'none') return [];
  const runs = isRunning(state);
  const owned = control === 'owned';
  const start: ModelAction = { name: 'start', caption: owned ? 'Start' : 'Load' };
  const stop: ModelAction = { name: 'stop', caption: owned ? 'Stop' : 'Unload' };
  if (!owned) return [runs ? stop : start];
  if (runs) return [stop, { name: 'restart', caption: 'Restart' }];
  return state === 'backoff' ? [start, stop] : [start];
}

/** How busy a server is, as `2 running, 1 waiting`; nothing when it is idle or nobody knows. */
export function loadText({ load }: Pick<ModelStatus, 'load'>): string {
  if (!load) return '';
  const { processing, deferred } = load;
  const running = processing > 0 ? [`${processing} running`] : [];
  return [...running, ...(deferred > 0 ? [`${deferred} waiting`] : [])].join(', ');
}

/** What is asked before requests are cut off. */
export function cutOffQuestion({ load }: Pick<ModelStatus, 'load'>, doing: string): string {
  const count = load?.processing ?? 0;
  if (count === 0) return `No request is running now. ${doing}?`;
  return `${count === 1 ? '1 request is' : `${count} requests are`} running. ${doing} anyway?`;
}

/** What the file says of the model, in one line. */
export function factsLine({ gguf }: Pick<ModelStatus, 'gguf'>): string {
  if (!gguf) return '';
  const { architecture, quantization, parameterCount } = gguf;
  return [architecture, quantization, parameterCount > 0 ? parametersText(parameterCount) : null]
    .filter((fact) => fact !== null)
    .join(' · ');
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** A count of parameters as `3.2B`. */
export function parametersText(count: number): string {
  return compact.format(count);
}

/** The badge of each tier. */
export const tierBadges = { fast: 'Q2', balanced: 'Q3', powerful: 'Q4' } as const;
