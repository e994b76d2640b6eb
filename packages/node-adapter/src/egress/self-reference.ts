import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type IpBytes, mappedIpv4, parseIp } from './ip-address.js';
import { inAnyRange, ipRange } from './ip-range.js';

/** A place where this program listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const loopback = ['127.0.0.0/8', '::1'].map(ipRange);
const unspecified = ['0.0.0.0', '::'].map(ipRange);

/**
 * Whether a host and port are our own. Loopback counts as one place, `localhost` included: which of its addresses a
 * name stands for is up to the machine, and a hub that watches itself is worse than one refusal too many.
 */
export function isSelf(host: string, port: number, self: readonly ListenAddress[]): boolean {
  return self.some((own) => own.port === port && placeOf(own.host, true) === placeOf(host, false));
}

/**
 * Every address at which others reach us when we listen at `host`: all of the machine for `0.0.0.0` and `::`.
 * @param interfaces for tests; default: those of this machine
 */
export function listenAddresses(
  host: string,
  port: number,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly ListenAddress[] {
  const bytes = parseIp(host);
  if (bytes === null || !inAnyRange(bytes, unspecified)) return [{ host, port }];
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  return [host, ...addresses.map(({ address }) => address)].map((own) => ({ host: own, port }));
}

/** A text that is the same for all spellings of one place. */
function placeOf(host: string, listens: boolean): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  const bytes = unmapped(parseIp(name));
  if (bytes === null) return name;
  const isLoopback = inAnyRange(bytes, loopback) || (listens && inAnyRange(bytes, unspecified));
  return isLoopback ? 'loopback' : bytes.join();
}

function unmapped(bytes: IpBytes | null): IpBytes | null {
  return bytes === null ? null : (mappedIpv4(bytes) ?? bytes);
}
