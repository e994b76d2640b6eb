import type { Endpoint } from './endpoint.js';

/** A model of the fleet. */
export interface FleetModel {
  readonly model: string;
  /** Hosts with a healthy endpoint that has it, loaded or not. */
  readonly hosts: number;
  /** Those of them where it is loaded. */
  readonly loadedHosts: number;
}

/**
 * Which models the fleet has, on how many hosts: the most widespread first, then by name. Two endpoints on one host count
 * once; where the host is not known, an address counts as one.
 */
export function fleetSummary(endpoints: readonly Endpoint[]): FleetModel[] {
  const found = new Map<string, { readonly hosts: Set<string>; readonly loaded: Set<string> }>();
  for (const { status, hostId, host, models } of endpoints) {
    if (status !== 'healthy') continue;
    const place = hostId ?? `at ${host}`;
    for (const { name, state } of models) {
      const entry = found.get(name) ?? { hosts: new Set(), loaded: new Set() };
      entry.hosts.add(place);
      if (state === 'ready' || state === 'sleeping') entry.loaded.add(place);
      found.set(name, entry);
    }
  }
  return Array.from(found, ([model, { hosts, loaded }]) => ({
    model,
    hosts: hosts.size,
    loadedHosts: loaded.size,
  })).sort((a, b) => b.hosts - a.hosts || (a.model < b.model ? -1 : 1));
}
