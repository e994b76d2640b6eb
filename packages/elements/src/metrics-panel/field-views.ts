import type { MetricsField } from '@corral/core';
import type { KnownUnit } from './unit-view.js';

/** How a number of a backend is called and shown. */
export interface FieldView {
  readonly label: string;
  /** The label where there is little room. Default: `label`. */
  readonly shortLabel?: string;
  readonly unit: KnownUnit;
  readonly color: 'cpu' | 'ram' | 'vram' | 'heat' | 'queue';
}

/** Every number that a backend can tell. */
export const fieldViews: Readonly<Record<MetricsField, FieldView>> = {
  cpuUtilization: { label: 'CPU', unit: '%', color: 'cpu' },
  ramUsed: { label: 'RAM', unit: 'bytes', color: 'ram' },
  ramTotal: { label: 'RAM, total', unit: 'bytes', color: 'ram' },
  gpuUtilization: { label: 'GPU', unit: '%', color: 'vram' },
  gpuMemoryUsed: { label: 'GPU memory', unit: 'bytes', color: 'vram' },
  gpuMemoryTotal: { label: 'GPU memory, total', unit: 'bytes', color: 'vram' },
  gpuTemperature: { label: 'GPU temperature', shortLabel: 'GPU temp', unit: '°C', color: 'heat' },
  queueDepth: { label: 'Queue', unit: 'requests', color: 'queue' },
};

/** The numbers that move, and are worth a trend; the others say how far these can go. */
export const movingFields = [
  'cpuUtilization',
  'ramUsed',
  'gpuUtilization',
  'gpuMemoryUsed',
  'gpuTemperature',
  'queueDepth',
] as const satisfies readonly MetricsField[];

/** One of {@link movingFields}. */
export type MovingField = (typeof movingFields)[number];

/** An attribute may hold anything. */
export function isMetricsField(text: string): text is MetricsField {
  return Object.hasOwn(fieldViews, text);
}
