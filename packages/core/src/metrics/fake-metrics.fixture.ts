import { SimulatedClock } from '../testing/simulated-clock.js';
import { MetricsCollector, type MetricsCollectorOptions } from './metrics-collector.js';
import type { MetricsBackend } from './metrics-snapshot.js';

/** A backend whose answers a test decides. */
export function backend(id: string, collect: MetricsBackend['collect'] = async () => ({ queueDepth: 1 })) {
  const asked: AbortSignal[] = [];
  return {
    id,
    asked,
    collect: (signal: AbortSignal) => {
      asked.push(signal);
      return collect(signal);
    },
  };
}

/** A collector on a clock that stands still; `heard` is what its loop has told. */
export function collecting(
  backends: readonly MetricsBackend[] | (() => readonly MetricsBackend[]),
  options: MetricsCollectorOptions = {},
) {
  const clock = new SimulatedClock();
  const heard: string[] = [];
  const onCollected: MetricsCollectorOptions['onCollected'] = (snapshots) =>
    heard.push(snapshots.map(({ backendId }) => backendId).join());
  return { clock, heard, collector: new MetricsCollector(backends, { clock, onCollected, ...options }) };
}

/** What a promise has settled to, for those that a test must not wait for. */
export function watch<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const seen: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}
