import {
  byTierThenName,
  type ModelSeriesView,
  type ModelSeriesWire,
  type ModelState,
  type ModelStatus,
} from '@corral/core';

/** The groups of states that a person filters by, in the order of a list sorted by state. */
export const stateGroups = ['active', 'loading', 'sleeping', 'failed', 'stopped'] as const;

/** One of {@link stateGroups}. */
export type StateGroup = (typeof stateGroups)[number];

const groups: Readonly<Record<ModelState, StateGroup>> = {
  offline: 'stopped',
  starting: 'loading',
  loading: 'loading',
  ready: 'active',
  unhealthy: 'failed',
  sleeping: 'sleeping',
  stopping: 'stopped',
  backoff: 'failed',
  failed: 'failed',
};

/** What the cards can be sorted by, with what people read. */
export const sortNames = {
  tier: 'Tier, then name',
  name: 'Name',
  state: 'State',
  tokensPerSecond: 'Tokens per second',
  memoryGb: 'Memory',
} as const;

/** One of {@link sortNames}. */
export type SortName = keyof typeof sortNames;

/** What a person chose to see. */
export interface Choice {
  readonly query: string;
  readonly group: StateGroup | 'all';
  readonly sort: SortName;
}

/** Every model in the order of the kit. */
export const everything: Choice = { query: '', group: 'all', sort: 'tier' };

/** The windows of a model, as far as they are known. */
export type SeriesOf = (modelId: string) => ModelSeriesView | ModelSeriesWire | undefined;

/** How many models each group has. */
export function countGroups(models: readonly ModelStatus[]): Readonly<Record<StateGroup, number>> {
  const counts = { active: 0, loading: 0, sleeping: 0, failed: 0, stopped: 0 };
  for (const { state } of models) counts[groups[state]] += 1;
  return counts;
}

/** The models that a person wants to see, in the order they chose; pinned ones always come first. */
export function arrange(
  models: readonly ModelStatus[],
  { query, group, sort }: Choice,
  seriesOf: SeriesOf,
): ModelStatus[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = models.filter((model) => {
    if (group !== 'all' && groups[model.state] !== group) return false;
    if (words.length === 0) return true;
    const { filename, gguf } = model;
    const text = `${filename} ${gguf?.architecture ?? ''} ${gguf?.quantization ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const order = orderBy(sort, seriesOf);
  return wanted.sort((a, b) => Number(b.pinned) - Number(a.pinned) || order(a, b));
}

function orderBy(sort: SortName, seriesOf: SeriesOf): (a: ModelStatus, b: ModelStatus) => number {
  if (sort === 'tier') return byTierThenName;
  if (sort === 'name') return (a, b) => a.filename.localeCompare(b.filename) || byTierThenName(a, b);
  if (sort === 'state') {
    const rank = ({ state }: ModelStatus): number => stateGroups.indexOf(groups[state]);
    return (a, b) => rank(a) - rank(b) || byTierThenName(a, b);
  }
  // Unknown is not zero: it comes after every number.
  const known = new Map<ModelStatus, number>();
  const newest = (model: ModelStatus): number => {
    const value = known.get(model) ?? newestOf(seriesOf(model.modelId), sort) ?? -1;
    known.set(model, value);
    return value;
  };
  return (a, b) => newest(b) - newest(a) || byTierThenName(a, b);
}

function newestOf(
  series: ModelSeriesView | ModelSeriesWire | undefined,
  metric: 'tokensPerSecond' | 'memoryGb',
): number | undefined {
  if (!series) return undefined;
  if ('valid' in series) {
    const { [metric]: values, valid } = series;
    return valid[metric].at(-1) === false ? undefined : values.at(-1);
  }
  const value = series[metric].at(series[metric].length - 1);
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
