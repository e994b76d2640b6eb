import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { EgressFailure } from './egress-failure.js';
import { type EgressPolicy, judgeAddress } from './egress-policy.js';
import type { NameResolver } from './name-resolver.js';

/**
 * Judges all addresses of a name at once: one that is refused refuses the name, since nobody knows which of them a
 * socket would take, and the harder refusal wins.
 * @throws EgressFailure `blocked_address`, `egress_public_disabled`
 */
export function assertAllowed(addresses: readonly LookupAddress[], policy: EgressPolicy): void {
  const verdicts = addresses.map(({ address }) => judgeAddress(address, policy));
  const codes = verdicts.map((verdict) => (verdict.allowed ? null : verdict.code));
  for (const code of ['blocked_address', 'egress_public_disabled'] as const) {
    if (codes.includes(code)) throw new EgressFailure(code, refusals[code]);
  }
}

const refusals = {
  blocked_address: 'The name leads to an address that is never connected to',
  egress_public_disabled: 'The name leads to the public internet, which is switched off',
} as const;

/**
 * A `lookup` for sockets, which resolves and judges each time that it is asked. Its answers are the very addresses that
 * were judged, so a socket cannot take another one. It fails with an EgressFailure.
 */
export function guardedLookup(names: NameResolver, policy: EgressPolicy): LookupFunction {
  return (name, options, callback) => {
    const family = { 4: 4, IPv4: 4, 6: 6, IPv6: 6 }[options.family ?? 0] ?? null;
    // A tick of its own for the callback: what it throws is not a failed look-up.
    allowedAddresses(names, name, policy, family).then(
      (addresses) => {
        const [first] = addresses;
        process.nextTick(() =>
          options.all ? callback(null, addresses) : callback(null, first.address, first.family),
        );
      },
      (error: unknown) => process.nextTick(() => callback(error as EgressFailure, '')),
    );
  };
}

type SomeAddresses = [LookupAddress, ...LookupAddress[]];

async function allowedAddresses(
  names: NameResolver,
  name: string,
  policy: EgressPolicy,
  family: number | null,
): Promise<SomeAddresses> {
  const addresses = await names.addresses(name);
  assertAllowed(addresses, policy);
  const [first, ...more] = addresses.filter((each) => family === null || each.family === family);
  if (first === undefined) {
    throw new EgressFailure('name_not_found', 'The name has no address of the wanted family');
  }
  return [first, ...more];
}
