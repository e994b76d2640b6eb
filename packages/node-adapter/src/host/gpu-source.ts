import type { GpuResources } from '@corral/core';

/** A card without its place among all cards of the host. */
export interface GpuReading extends Omit<GpuResources, 'index'> {
  /** Its memory is the main memory: it has no bar of its own. */
  readonly isUnified: boolean;
}

/** Reads the cards of one maker. */
export interface GpuSource {
  /** The cards as they are now; a card that stopped to tell stays in the list with `null`s. Never waits, never throws. */
  read(): readonly GpuReading[];
  /** Resolves when nothing is left running. Idempotent. */
  close(): Promise<void>;
}

/** The memory of all cards together, of those that tell both numbers; where none does, at least what there is. */
export function sumVram(gpus: readonly GpuReading[]): { used: number | null; total: number | null } {
  const own = gpus.filter((gpu) => !gpu.isUnified);
  const both = own.filter((gpu) => gpu.vramUsed !== null && gpu.vramTotal !== null);
  if (both.length > 0)
    return { used: sum(both.map((gpu) => gpu.vramUsed)), total: sum(both.map((gpu) => gpu.vramTotal)) };
  const totals = own.map((gpu) => gpu.vramTotal).filter((total) => total !== null);
  return { used: null, total: totals.length === 0 ? null : sum(totals) };
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
