import { refuseAddress } from './address-refusal.js';

/** The pieces of an address as it was typed; nothing in them was decoded or normalised. */
export interface EndpointParts {
  /** `null` when none was typed. */
  readonly scheme: 'http' | 'https' | null;
  /** With brackets for IPv6. Free of `@`, `%`, `/`, `?`, `#`, `\`, controls and spaces; the rest is unchecked. */
  readonly host: string;
  /** What stood after the colon; `null` when there was no colon. */
  readonly port: string | null;
  /** Empty, or from the first slash on. */
  readonly path: string;
}

/** Schemes that are written without `//`, and so look like a host with a port. */
const otherSchemes =
  /^(?:about|blob|data|dict|file|ftp|gopher|javascript|ldap|mailto|ssh|tcp|unix|vbscript|wss?)$/i;

/**
 * Takes an address apart: a URL, `host:port`, `host` or `[v6]:port`, each with or without a path. It happens before
 * `new URL` sees the text, since a URL parser forgives what parsers disagree on: it drops tabs, takes `\` for `/`, and
 * finds another host behind an `@`.
 * @throws CorralError `unsupported_scheme`, `invalid_url`, `invalid_host`, `invalid_port`
 */
export function splitEndpointText(text: string): EndpointParts {
  const { scheme, rest } = splitScheme(text);
  const end = rest.search(/[/?#\\]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const path = end === -1 ? '' : rest.slice(end);
  if (authority.includes('@')) {
    throw refuseAddress('invalid_url', 'Leave out the user name and password: an API key has its own field');
  }
  if (path !== '' && !path.startsWith('/')) {
    throw refuseAddress('invalid_url', 'Nothing but a path may follow the host and port');
  }
  // Categories C and Z: controls, invisible characters, halves of characters, spaces of every kind.
  if (/[\p{C}\p{Z}%]/u.test(authority)) {
    throw refuseAddress('invalid_host', 'The host holds a space, a percent sign or an invisible character');
  }
  return { scheme, ...splitAuthority(authority), path };
}

function splitScheme(text: string): Pick<EndpointParts, 'scheme'> & { readonly rest: string } {
  const match = /^([a-z][a-z0-9+.-]*):(\/{0,2})/i.exec(text);
  if (match === null) return { scheme: null, rest: text };
  const [prefix, name = '', slashes = ''] = match;
  const rest = text.slice(prefix.length);
  const isWeb = /^https?$/i.test(name);
  if (isWeb && slashes.length === 2) return { scheme: name.toLowerCase() as 'http' | 'https', rest };
  if (isWeb) throw refuseAddress('invalid_url', 'Two slashes must follow `http:` and `https:`');
  // `data:8080` is a port of a machine that someone called data.
  const isPort = slashes === '' && /^\d+(?:\/|$)/.test(rest);
  if (slashes !== '' || name.includes('+') || (otherSchemes.test(name) && !isPort)) {
    throw refuseAddress('unsupported_scheme', 'Only http and https addresses can be watched');
  }
  return { scheme: null, rest: text };
}

function splitAuthority(authority: string): Pick<EndpointParts, 'host' | 'port'> {
  const bracketed = /^(\[[^[\]]*\])(?::(.*))?$/.exec(authority);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? null };
  const [host = '', port = null, ...more] = authority.split(':');
  if (more.length > 0)
    throw refuseAddress('invalid_host', 'Write an IPv6 address in brackets, such as `[::1]:8080`');
  return { host, port };
}
