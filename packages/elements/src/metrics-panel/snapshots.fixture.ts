import { type MetricsReading, type MetricsSnapshot, type MetricsWindow, metricsFields } from '@corral/core';

/** When the readings of tests begin. */
export const startMs = Date.UTC(2026, 0, 15, 10, 0, 0);

const nothingKnown = Object.fromEntries(
  metricsFields.map((field) => [field, null]),
) as unknown as MetricsReading;

/** A reading of a backend, so many seconds after the beginning; what is not given is unknown. */
export function snapshot(
  backendId: string,
  facts: Partial<Omit<MetricsSnapshot, 'backendId' | 'id'>> = {},
  seconds = 0,
): MetricsSnapshot {
  const at = new Date(startMs + seconds * 1000).toISOString();
  return { ...nothingKnown, name: backendId, at, ...facts, id: `${backendId}@${at}`, backendId };
}

/** The past of a backend: processor load by second, `null` where unknown. */
export function cpuWindow(backendId: string, values: readonly (number | null)[], seconds = 0): MetricsWindow {
  const atMs = values.map((_, i) => startMs + (seconds + i) * 1000);
  return { backendId, name: backendId, atMs, values: { cpuUtilization: values } };
}
