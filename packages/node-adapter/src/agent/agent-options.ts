import { isToken } from '../http/edge-policy.js';
import { isHostId } from '../http/host-routes.js';
import { invalidOption, readFlags, valueOf } from '../option-values.js';

/** Where the token of an agent comes from. A file is read again when the hub refuses what was in it. */
export type TokenSource = { readonly token: string } | { readonly file: string };

/** What `corral agent` was asked to do. */
export interface AgentOptions {
  /** Where the hub is; what its path holds stands before `/api`. */
  readonly hub: URL;
  readonly token: TokenSource;
  /** `undefined`: made out of the machine's own id. */
  readonly hostId: string | undefined;
  /** `undefined`: the name of the machine. */
  readonly name: string | undefined;
  /** Milliseconds between two reports. */
  readonly intervalMs: number;
  /** Ports of loopback to look at; `undefined`: the default ports of LLM servers. */
  readonly ports: readonly number[] | undefined;
}

export const agentHelp = `corral agent: reports this machine and its LLM servers to a hub

Usage
  corral agent --hub URL --token-file FILE [options]

Options                         Variable              Default
  --hub URL                     CORRAL_HUB
      the hub, such as http://gpu-box.lan:7676; required
  --token TOKEN                 CORRAL_TOKEN
      a token for this host, made by: corral token create --scope agent --host-id ID
      on the command line every user of this machine can see it: a file or the variable is better
  --token-file FILE             CORRAL_TOKEN_FILE
      a file that holds the token; read again when the hub refuses it
  --host-id ID                  CORRAL_HOST_ID        made from the machine's name
      what the hub knows this machine by: lower-case letters, digits, dots and dashes
  --name NAME                   CORRAL_HOST_NAME      the machine's name
      what people see
  --interval-ms NUMBER          CORRAL_INTERVAL_MS    2000
      time between two reports, 500 to 60000
  --port NUMBER                 CORRAL_AGENT_PORTS    the default ports of Ollama, LM Studio, vLLM and others
      port of this machine to look for an LLM server on, instead of those; repeatable
  --help

Flags beat variables. CORRAL_AGENT_PORTS holds a comma-separated list.
The agent only reads: it loads, wakes and stops nothing, and listens nowhere.

Example
  on the hub:   corral token create --scope agent --host-id gpu-box > gpu-box.token
  on gpu-box:   corral agent --hub https://hub.lan --host-id gpu-box --token-file gpu-box.token
`;

const flags = {
  hub: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  'host-id': { type: 'string' },
  name: { type: 'string' },
  'interval-ms': { type: 'string' },
  port: { type: 'string', multiple: true },
} as const;

const intervalMs = { least: 500, most: 60_000, usual: 2000 };

/**
 * Reads what follows `corral agent`, and the `CORRAL_*` variables.
 * @throws AdapterError `invalid_option` with what was expected; never with the token
 */
export function parseAgentOptions(args: readonly string[], env: NodeJS.ProcessEnv): AgentOptions {
  const { values, positionals } = readFlags(args, flags, 'agent');
  // Not what was typed: a stray word may be the token itself.
  if (positionals.length > 0) throw invalidOption('Expected options only. See corral agent --help.');
  const one = (flag: Exclude<keyof typeof flags, 'port'>, variable: string): string | undefined =>
    valueOf(flag, values[flag], env[variable]);
  const ports =
    values.port ??
    env['CORRAL_AGENT_PORTS']
      ?.split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
  return {
    hub: hubUrl(one('hub', 'CORRAL_HUB')),
    token: tokenSource(values, env),
    hostId: hostId(one('host-id', 'CORRAL_HOST_ID')),
    name: shownName(one('name', 'CORRAL_HOST_NAME')),
    intervalMs: interval(one('interval-ms', 'CORRAL_INTERVAL_MS')),
    ports: ports === undefined || ports.length === 0 ? undefined : [...new Set(ports.map(portNumber))],
  };
}

/** Whether what is sent to this hub can be read on the way: plain http to another machine. */
export function isReadableOnTheWay({ protocol, hostname }: URL): boolean {
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

function hubUrl(text: string | undefined): URL {
  if (text === undefined) throw invalidOption('Expected --hub with the address of the hub');
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash;
  if (isPlain && /^https?:\/\//i.test(text)) return url;
  // Not what was typed: it may hold a password, which is one reason to refuse it.
  throw invalidOption('Expected --hub to be an http or https address without user, query and fragment');
}

interface TokenFlags {
  readonly token?: string | undefined;
  readonly 'token-file'?: string | undefined;
}

/** Either flag beats both variables. */
function tokenSource(flagged: TokenFlags, env: NodeJS.ProcessEnv): TokenSource {
  const isFlagged = flagged.token !== undefined || flagged['token-file'] !== undefined;
  const variables = { token: env['CORRAL_TOKEN'], 'token-file': env['CORRAL_TOKEN_FILE'] };
  const { token, 'token-file': file }: TokenFlags = isFlagged ? flagged : variables;
  if (token !== undefined && file !== undefined)
    throw invalidOption('Expected a token or a token file, not both');
  if (file === '') throw invalidOption('Expected --token-file to have a value');
  if (file !== undefined) return { file };
  if (token === undefined) throw invalidOption('Expected --token-file or --token, or CORRAL_TOKEN');
  if (!isToken(token)) throw invalidOption('Expected --token to be printable ASCII without spaces');
  return { token };
}

function hostId(text: string | undefined): string | undefined {
  if (text === undefined || isHostId(text)) return text;
  throw invalidOption(
    `Expected --host-id to be lower-case letters, digits, dots and dashes, at most 63, got \`${text}\``,
  );
}

function shownName(text: string | undefined): string | undefined {
  if (text === undefined || (text.length <= 128 && !/\p{C}/u.test(text))) return text?.normalize('NFC');
  throw invalidOption('Expected --name to be at most 128 visible characters');
}

function interval(text: string | undefined): number {
  if (text === undefined) return intervalMs.usual;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= intervalMs.least && value <= intervalMs.most) return value;
  throw invalidOption(
    `Expected --interval-ms to be a number from ${intervalMs.least} to ${intervalMs.most}, got \`${text}\``,
  );
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw invalidOption(`Expected --port to be a number from 1 to 65535, got \`${text}\``);
  return port;
}
