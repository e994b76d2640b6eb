import { refuseAddress } from './address-refusal.js';
import { formatIpv4, mappedIpv4, parseIp } from './ip-address.js';

/** Names as DNS knows them; a URL parser also lets `-1`, `*`, `_foo` and `a..b` pass. */
const namePattern =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * Brings a host into its one form: names in lower-case ASCII without a dot at the end, IPv4 in four decimal numbers
 * whatever it was written in, IPv6 without brackets, IPv4-mapped as the IPv4 address that it is.
 * @param text a host from `splitEndpointText`
 * @throws CorralError `invalid_host`
 */
export function canonicalHost(text: string): string {
  const hostname = hostnameOf(text);
  if (hostname.startsWith('[')) {
    const literal = hostname.slice(1, -1);
    const ipv4 = mappedIpv4(parseIp(literal) ?? []);
    return ipv4 ? formatIpv4(ipv4) : literal;
  }
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (!namePattern.test(name)) throw notAHost();
  return name;
}

function hostnameOf(text: string): string {
  if (text === '' || !URL.canParse(`http://${text}/`)) throw notAHost();
  return new URL(`http://${text}/`).hostname;
}

function notAHost(): Error {
  return refuseAddress(
    'invalid_host',
    'Expected a name or an IP address, such as `box.lan` or `192.168.1.20`',
  );
}
