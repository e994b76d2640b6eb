import type { HostResources } from './host-resources.js';

/** Which host has which address. */
export class HostAddresses {
  readonly #hosts = new Map<string, string | null>();
  #localId: string | null = null;

  /**
   * Learns the addresses of all hosts anew. What the hub's own machine has is its own; an address that several others
   * have, such as that of a container bridge, belongs to none of them.
   */
  learn(hosts: Iterable<Pick<HostResources, 'hostId' | 'source' | 'addresses'>>): void {
    const all = [...hosts];
    const local = all.find(({ source }) => source === 'local');
    this.#localId = local?.hostId ?? null;
    this.#hosts.clear();
    for (const { hostId, addresses } of all)
      for (const address of new Set(addresses.map(canonical)))
        this.#hosts.set(address, this.#hosts.has(address) ? null : hostId);
    for (const address of local?.addresses ?? []) this.#hosts.set(canonical(address), this.#localId);
  }

  /** The host at an address, `null` where it is not known. Loopback is the hub's own machine. */
  hostIdOf(host: string): string | null {
    return isLoopback(host) ? this.#localId : (this.#hosts.get(canonical(host)) ?? null);
  }
}

/** Without the zone that tells interfaces of one machine apart. */
function canonical(address: string): string {
  return address.toLowerCase().replace(/%.*$/, '');
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127(\.\d+){3}$/.test(host) || /(^|\.)localhost$/.test(host);
}
