import { embeddedIpv4, type IpBytes, parseIp } from './ip-address.js';
import { inAnyRange, ipRange } from './ip-range.js';

/** Where we may connect to beyond our own machine and network. */
export interface EgressPolicy {
  /** Whether addresses of the public internet are allowed. Default: `false`. */
  readonly allowPublic?: boolean;
}

/** Why an address is refused: `blocked_address` whatever the settings, `egress_public_disabled` until they allow it. */
export type AddressRefusal = 'blocked_address' | 'egress_public_disabled';

/** What the policy says of an address. */
export type AddressVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: AddressRefusal };

/** What the policy says of a port. */
export type PortVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: 'blocked_port' };

/**
 * Never, whatever the settings: places that answer with credentials of the machine, and addresses that are no place.
 * Names behind single addresses: Alibaba, Azure, Oracle for IPv4; Amazon, Google, Scaleway for IPv6.
 */
const neverRanges = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.0/4',
  '240.0.0.0/4',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fd00:42::42',
].map(ipRange);

/**
 * Our machine and our network. 100.64.0.0/10 is shared address space (RFC 6598): overlay networks such as Tailscale
 * hand it out to people's own machines, and nobody on the internet can be reached there.
 */
const localRanges = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
].map(ipRange);

/**
 * All of IPv6 that the internet uses. What is neither here nor local is never allowed: `::`, link-local, multicast,
 * site-local, IPv4-compatible and translated addresses, and whatever may be given out later.
 */
const publicRanges = ['0.0.0.0/0', '2000::/3'].map(ipRange);

/** Databases, container and cluster interfaces: they listen on networks like ours and take HTTP for a command. */
const deniedPorts: ReadonlySet<number> = new Set([
  2375, 2376, 2379, 2380, 3306, 5432, 5984, 6379, 6443, 8500, 9200, 9300, 10250, 10255, 11211, 27017,
]);

/** The bad ports of the Fetch standard from 1024 up; below, only 80 and 443 are open anyway. */
const fetchBadPorts: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

/**
 * Judges an IP address, also by the IPv4 addresses inside of an IPv6 one: all of them must pass, and the harder refusal
 * wins. What is no address, or has a zone, is `blocked_address`.
 */
export function judgeAddress(ip: string, policy: EgressPolicy): AddressVerdict {
  const bytes = parseIp(ip);
  if (bytes === null) return refused('blocked_address');
  const embedded = embeddedIpv4(bytes);
  const judged = embedded.length > 0 ? embedded : [bytes];
  const codes = judged.map((part) => refusalOf(part, policy));
  for (const code of ['blocked_address', 'egress_public_disabled'] as const) {
    if (codes.includes(code)) return refused(code);
  }
  return { allowed: true };
}

/** Judges a port: 80, 443 and 1024–65535, without ports of other protocols. */
export function judgePort(port: number): PortVerdict {
  const open = port === 80 || port === 443 || (Number.isInteger(port) && port >= 1024 && port <= 65_535);
  const allowed = open && !deniedPorts.has(port) && !fetchBadPorts.has(port);
  return allowed ? { allowed } : { allowed, code: 'blocked_port' };
}

function refusalOf(bytes: IpBytes, policy: EgressPolicy): AddressRefusal | null {
  if (inAnyRange(bytes, neverRanges)) return 'blocked_address';
  if (inAnyRange(bytes, localRanges)) return null;
  if (!inAnyRange(bytes, publicRanges)) return 'blocked_address';
  return policy.allowPublic === true ? null : 'egress_public_disabled';
}

function refused(code: AddressRefusal): AddressVerdict {
  return { allowed: false, code };
}
