import type { GpuReading } from './gpu-source.js';

/** Fields that are asked for, in this order. The shorter list serves where a driver does not know one of the others. */
export const nvidiaFields = {
  full: [
    'index',
    'uuid',
    'name',
    'memory.total',
    'memory.used',
    'utilization.gpu',
    'temperature.gpu',
    'power.draw',
  ],
  minimal: ['index', 'name', 'memory.total', 'memory.used'],
} as const;

/** Which of {@link nvidiaFields} are asked for. */
export type NvidiaFields = keyof typeof nvidiaFields;

/** One line of the program: a card at one moment. */
export interface NvidiaRow {
  /** The card's UUID, or its number where that was not asked for. */
  readonly key: string;
  readonly index: number;
  readonly gpu: GpuReading;
}

const mib = 1024 ** 2;
const notSupported = /^\[(?:N\/A|Not Supported)\]$/;

/**
 * Reads a line of `--format=csv,noheader,nounits`; `null` when it is none. What is no number (`[N/A]`, `[Not Supported]`,
 * `[Unknown Error]`, `[GPU requires reset]`) is unknown. A name may hold commas.
 *
 * A card that supports neither memory number, and yet tells its load, is one that works in the main memory (GB10, Jetson):
 * with MIG, it is the load that a card does not tell.
 */
export function parseNvidiaRow(line: string, fields: NvidiaFields): NvidiaRow | null {
  const parts = line.split(',').map((part) => part.trim());
  const leading = fields === 'full' ? 2 : 1;
  const trailing = nvidiaFields[fields].length - leading - 1;
  const index = Number(/^\d{1,4}$/.exec(parts[0] ?? '')?.[0] ?? Number.NaN);
  if (Number.isNaN(index) || parts.length < leading + 1 + trailing) return null;
  const name = parts.slice(leading, parts.length - trailing).join(', ');
  const [total = '', used = '', load, temperature, power] = parts.slice(parts.length - trailing);
  const utilizationPercent = numberOf(load, 100);
  return {
    key: (fields === 'full' && parts[1]) || String(index),
    index,
    gpu: {
      name: name === '' || name.startsWith('[') ? null : name.slice(0, 120),
      vramTotal: bytesOf(total),
      vramUsed: bytesOf(used),
      utilizationPercent,
      temperatureC: numberOf(temperature, 1000),
      powerW: numberOf(power, 100_000),
      isUnified: notSupported.test(total) && notSupported.test(used) && utilizationPercent !== null,
    },
  };
}

function bytesOf(text: string): number | null {
  const value = numberOf(text, 1e9);
  return value === null ? null : value * mib;
}

function numberOf(text: string | undefined, most: number): number | null {
  if (text === undefined || !/^\d{1,10}(?:\.\d{1,6})?$/.test(text)) return null;
  const value = Number(text);
  return value <= most ? value : null;
}
