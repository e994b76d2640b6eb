import type { Endpoint, FleetModel, HostResources, RegistrySnapshot } from '@corral/core';

/** The fleet, made ready for look-ups. */
export interface FleetFacts {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly hosts: ReadonlyMap<string, HostResources>;
  readonly fleetModels: readonly FleetModel[];
}

/** A fleet of which nothing is known. */
export const noFacts: FleetFacts = { endpoints: new Map(), hosts: new Map(), fleetModels: [] };

/** Reads a snapshot. One that is not what it should be, as from a registry that failed to answer, is an empty one. */
export function factsOf(read: () => RegistrySnapshot | undefined): FleetFacts {
  let snapshot: Partial<RegistrySnapshot> | null | undefined;
  try {
    snapshot = read();
  } catch {
    return noFacts;
  }
  const { endpoints, resources, fleetModels } = snapshot ?? {};
  return {
    endpoints: new Map(listed(endpoints).map((endpoint) => [endpoint.id, endpoint])),
    hosts: new Map(listed(resources).map((host) => [host.hostId, host])),
    fleetModels: listed(fleetModels),
  };
}

function listed<Item>(list: readonly Item[] | undefined): readonly Item[] {
  return list && typeof list === 'object' && Symbol.iterator in list ? list : [];
}
