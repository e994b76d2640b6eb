import { type AgentReport, addressText } from '@corral/core';
import { mappedIpv4, parseIp } from '../egress/ip-address.js';
import { inAnyRange, ipRange } from '../egress/ip-range.js';

/** Addresses that every machine has, and some that none has: whoever claimed them would claim servers of others. */
const nobodysOwn = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::', '::1', 'ff00::/8'].map(ipRange);

/**
 * What a report says that cannot be, by field, though each field alone can: memory in use beyond all that there is, two
 * cards or servers in one place, addresses that are no machine's own.
 */
export function judgeReport({ resources, addresses, endpoints }: AgentReport): Record<string, string> {
  const fields: Record<string, string> = {};
  const memories = [
    ['resources.ramUsed', resources.ramUsed, resources.ramTotal],
    ['resources.vramUsed', resources.vramUsed, resources.vramTotal],
    ...resources.gpus.map(
      ({ vramUsed, vramTotal }, i) => [`resources.gpus.${i}.vramUsed`, vramUsed, vramTotal] as const,
    ),
  ] as const;
  for (const [field, used, total] of memories) {
    if (used !== null && total !== null && used > total) fields[field] = 'Expected no more than the total';
  }
  for (const [i, address] of addresses.entries()) {
    if (isNobodysOwn(address)) fields[`addresses.${i}`] = 'Expected an address of this machine alone';
  }
  const twice = 'Expected each one once';
  for (const i of repeated(resources.gpus.map(({ index }) => index)))
    fields[`resources.gpus.${i}.index`] = twice;
  for (const i of repeated(endpoints.map((endpoint) => addressText(endpoint)))) {
    fields[`endpoints.${i}.port`] = twice;
  }
  for (const [i, { models }] of endpoints.entries())
    for (const j of repeated(models.map(({ name }) => name)))
      fields[`endpoints.${i}.models.${j}.name`] = twice;
  return fields;
}

function isNobodysOwn(address: string): boolean {
  const bytes = parseIp(address);
  return bytes === null || inAnyRange(mappedIpv4(bytes) ?? bytes, nobodysOwn);
}

/** The places of what was there before. */
function repeated(list: readonly (string | number)[]): number[] {
  return list.flatMap((entry, i) => (list.indexOf(entry) < i ? [i] : []));
}
