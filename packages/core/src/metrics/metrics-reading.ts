import { type MetricsReading, metricsFields } from './metrics-snapshot.js';

/** The reading of a backend of which nothing is known. */
export const unknownReading: MetricsReading = Object.freeze({
  cpuUtilization: null,
  ramUsed: null,
  ramTotal: null,
  gpuUtilization: null,
  gpuMemoryUsed: null,
  gpuMemoryTotal: null,
  gpuTemperature: null,
  queueDepth: null,
});

/**
 * What of an answer can be believed: numbers that are finite and not negative, and percentages up to 100. Everything else
 * is unknown, whatever it is.
 * @throws TypeError when the answer is no object at all
 */
export function believableReading(answer: unknown): MetricsReading {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('Expected a reading');
  const said = answer as Readonly<Record<string, unknown>>;
  const reading: Record<keyof MetricsReading, number | null> = { ...unknownReading };
  for (const field of metricsFields) {
    const value = said[field];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) continue;
    reading[field] = field.endsWith('Utilization') ? percent(value) : value;
  }
  return reading;
}

/** Rounding may carry full load a little past 100; much past it, the number means something else. */
function percent(value: number): number | null {
  if (value <= 100) return value;
  return value < 101 ? 100 : null;
}
