import type { EndpointAddress } from '@corral/core';
import { refusalWords, refuseAddress } from './address-refusal.js';
import { EgressFailure } from './egress-failure.js';
import type { EgressPolicy } from './egress-policy.js';
import { assertAllowed } from './guarded-lookup.js';
import { parseIp } from './ip-address.js';
import type { NameResolver } from './name-resolver.js';
import { isSelf, type ListenAddress } from './self-reference.js';

/** What was found out about where an address leads. */
export interface ResolvedEndpoint {
  /** All of them judged and allowed. Empty when the name could not be resolved now. */
  readonly addresses: readonly string[];
  /** Why the name could not be resolved; `null` when it could. */
  readonly failure: EgressFailure | null;
}

/** What {@link resolveEndpoint} judges by. */
export interface ResolveEndpointPolicy extends EgressPolicy {
  /** Where this program listens, see `listenAddresses`. Default: nowhere. */
  readonly self?: readonly ListenAddress[];
}

/**
 * Judges where an address leads at the moment when it is registered. A name that cannot be resolved now is no reason to
 * refuse it: the machine may be switched off, and each connect judges again.
 * @throws CorralError `blocked_address`, `egress_public_disabled`, `self_reference`
 */
export async function resolveEndpoint(
  address: EndpointAddress,
  policy: ResolveEndpointPolicy,
  names: NameResolver,
  signal?: AbortSignal,
): Promise<ResolvedEndpoint> {
  const { host, port } = address;
  try {
    const isLiteral = parseIp(host) !== null;
    const found = isLiteral ? [{ address: host, family: 0 }] : await names.addresses(host, signal);
    assertAllowed(found, policy);
    const addresses = found.map((each) => each.address);
    if (addresses.some((each) => isSelf(each, port, policy.self ?? []))) {
      throw refuseAddress('self_reference', refusalWords.self_reference);
    }
    return { addresses, failure: null };
  } catch (error) {
    if (!(error instanceof EgressFailure)) throw error;
    if (error.code === 'blocked_address' || error.code === 'egress_public_disabled') {
      throw refuseAddress(error.code, refusalWords[error.code]);
    }
    return { addresses: [], failure: error };
  }
}
