import { type AddressParts, CorralError, type EndpointAddress } from '@corral/core';
import { refuseAddress } from './address-refusal.js';
import { checkApiKey } from './api-key.js';
import { canonicalBasePath } from './base-path.js';
import { canonicalHost } from './canonical-host.js';
import {
  type EndpointUrlOptions,
  judgeEndpointPort,
  judgeHost,
  missingPort,
  readPort,
} from './endpoint-address.js';
import { splitEndpointText } from './endpoint-text.js';

const maxHostLength = 4096;

/**
 * Reads and judges an address that comes in parts, as from a form with a field for each. What `host` says beyond a host,
 * being `host:port` or a URL, counts like the part itself; where both say something they must say the same.
 *
 * A part that is `undefined` or `null` is missing: the scheme is `http` then, the path the root, and the port that of the
 * URL's scheme, else `options.defaultPort`.
 * @throws CorralError as `parseEndpointUrl`, and `invalid_api_key`; `details.fields` names the part that was at fault
 */
export function parseEndpointParts(parts: AddressParts, options: EndpointUrlOptions): EndpointAddress {
  const typed = atField('host', () => splitEndpointText(hostText(parts.host)));
  const scheme = atField('scheme', () => readScheme(parts.scheme, typed.scheme));
  const host = atField('host', () => canonicalHost(typed.host));
  const portInHost = typed.port === null ? null : atField('host', () => readPort(typed.port ?? ''));
  const port = atField('port', () => readPortPart(parts.port, portInHost));
  const pathInHost = atField('host', () => canonicalBasePath(typed.path));
  const basePath = atField('basePath', () => readPathPart(parts.basePath, pathInHost));
  if (!isMissing(parts.apiKey)) checkApiKey(parts.apiKey);
  const address = { scheme, host, port: port ?? missingPort(typed.scheme, options), basePath };
  atField('host', () => judgeHost(address, options));
  atField(isMissing(parts.port) ? 'host' : 'port', () => judgeEndpointPort(address.port));
  return address;
}

/** Does something whose refusals belong to one field, whatever field they name themselves. */
function atField<T>(field: keyof AddressParts, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRefusalOf(field, error);
  }
}

/** The refusal with its words at the field that is to blame; anything else as it is. */
export function asRefusalOf(field: keyof AddressParts, error: unknown): unknown {
  if (!(error instanceof CorralError)) return error;
  return new CorralError(error.code, error.message, {
    retryable: error.retryable,
    cause: error.cause,
    details: { fields: { [field]: error.message } },
  });
}

function isMissing(part: unknown): part is undefined | null {
  return part === undefined || part === null;
}

function hostText(host: unknown): string {
  if (typeof host === 'string' && host !== '' && host.length <= maxHostLength) return host;
  throw refuseAddress('invalid_host', 'Expected a name or an IP address, such as `box.lan`');
}

function readScheme(part: unknown, inHost: EndpointAddress['scheme'] | null): EndpointAddress['scheme'] {
  if (isMissing(part)) return inHost ?? 'http';
  if (part !== 'http' && part !== 'https')
    throw refuseAddress('unsupported_scheme', 'Only http and https addresses can be watched');
  if (inHost !== null && inHost !== part)
    throw refuseAddress('unsupported_scheme', 'The host says another scheme');
  return part;
}

function readPortPart(part: unknown, inHost: number | null): number | null {
  if (isMissing(part)) return inHost;
  // A number in any other form than plain digits (1e21, 80.5, NaN) is no port either.
  const port = readPort(typeof part === 'string' || typeof part === 'number' ? String(part) : '');
  if (inHost !== null && inHost !== port) throw refuseAddress('invalid_port', 'The host says another port');
  return port;
}

function readPathPart(part: unknown, inHost: string): string {
  if (isMissing(part) || part === '') return inHost;
  if (typeof part !== 'string' || !part.startsWith('/'))
    throw refuseAddress('invalid_path', 'Expected a path that begins with a slash');
  const path = canonicalBasePath(part);
  if (inHost !== '' && inHost !== path) throw refuseAddress('invalid_path', 'The host says another path');
  return path;
}
