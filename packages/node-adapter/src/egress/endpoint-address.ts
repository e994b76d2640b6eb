import type { EndpointAddress } from '@corral/core';
import { refusalWords, refuseAddress } from './address-refusal.js';
import { canonicalBasePath } from './base-path.js';
import { canonicalHost } from './canonical-host.js';
import { type EgressPolicy, judgeAddress, judgePort } from './egress-policy.js';
import { splitEndpointText } from './endpoint-text.js';
import { parseIp } from './ip-address.js';
import { isMetadataName } from './metadata-names.js';
import { isSelf, type ListenAddress } from './self-reference.js';

/** How {@link parseEndpointUrl} judges. */
export interface EndpointUrlOptions extends EgressPolicy {
  /** Where this program listens, see `listenAddresses`. Default: nowhere. */
  readonly self?: readonly ListenAddress[];
  /** When given, the only names that may be used, in lower case. IP addresses are judged by the policy alone. */
  readonly allowedNames?: readonly string[];
  /** The port where neither a port nor a scheme was typed. Default: 8080, that of llama-server. */
  readonly defaultPort?: number;
}

const maxTextLength = 4096;

/**
 * Reads an address as a person types it, judges it, and brings it into its one form. Names are judged by their form
 * alone: what they resolve to is judged by `resolveEndpoint` and again at each connect.
 * @param text a URL, `host:port`, `host` or `[v6]:port`, each with or without a base path. Spaces around it are not cut.
 * @throws CorralError `invalid_url`, `invalid_host`, `invalid_port`, `invalid_path`, `unsupported_scheme`,
 *   `self_reference`, `blocked_address`, `blocked_port`, `egress_public_disabled`; `details.fields.url` has the words
 */
export function parseEndpointUrl(text: unknown, options: EndpointUrlOptions = {}): EndpointAddress {
  if (typeof text !== 'string' || text === '' || text.length > maxTextLength) {
    throw refuseAddress('invalid_host', 'Expected an address such as `http://192.168.1.20:8080`');
  }
  const parts = splitEndpointText(text);
  const address: EndpointAddress = {
    scheme: parts.scheme ?? 'http',
    host: canonicalHost(parts.host),
    port: parts.port === null ? missingPort(parts.scheme, options) : readPort(parts.port),
    basePath: canonicalBasePath(parts.path),
  };
  judgeHost(address, options);
  judgeEndpointPort(address.port);
  return address;
}

/**
 * Judges where a host leads as far as its form tells.
 * @throws CorralError `self_reference`, `blocked_address`, `egress_public_disabled`
 */
export function judgeHost({ host, port }: EndpointAddress, options: EndpointUrlOptions): void {
  if (isSelf(host, port, options.self ?? [])) {
    throw refuseAddress('self_reference', refusalWords.self_reference);
  }
  if (parseIp(host) !== null) {
    const verdict = judgeAddress(host, options);
    if (!verdict.allowed) throw refuseAddress(verdict.code, refusalWords[verdict.code]);
    return;
  }
  if (isMetadataName(host)) throw refuseAddress('blocked_address', refusalWords.blocked_address);
  if (options.allowedNames && !options.allowedNames.includes(host)) {
    throw refuseAddress('blocked_address', 'This name is not on the list of allowed names');
  }
}

/** @throws CorralError `blocked_port` */
export function judgeEndpointPort(port: number): void {
  const verdict = judgePort(port);
  if (!verdict.allowed) throw refuseAddress(verdict.code, refusalWords[verdict.code]);
}

/** Reads a port: digits without a sign, a zero in front or anything else. @throws CorralError `invalid_port` */
export function readPort(text: string): number {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw refuseAddress('invalid_port', 'Expected a port between 1 and 65535');
  return port;
}

/** The port of an address without one: that of its scheme, if it has one. */
export function missingPort(
  scheme: EndpointAddress['scheme'] | null,
  options: Pick<EndpointUrlOptions, 'defaultPort'>,
): number {
  if (scheme === null) return options.defaultPort ?? 8080;
  return scheme === 'https' ? 443 : 80;
}
