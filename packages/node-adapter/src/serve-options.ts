import path from 'node:path';
import type { PortRange } from '@corral/core';
import { isHostHeader, isOrigin, isToken } from './http/edge-policy.js';
import { invalidOption, readFlags, valueOf } from './option-values.js';
import type { OnExit } from './process/llama-launcher.js';

/** What `corral serve` was asked to do. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly modelsDirs: readonly string[];
  readonly stateDir: string | undefined;
  readonly llamaServer: string | undefined;
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly token: string | undefined;
  readonly onExit: OnExit;
  readonly portRange: PortRange | undefined;
  /** Servers of others to attach at the start. */
  readonly attach: readonly string[];
  readonly allowPublic: boolean;
  /** Whether LLM servers of others on this machine are looked for. */
  readonly discover: boolean;
  /** Whether jobs that were interrupted go on by themselves. */
  readonly resume: 'auto' | 'manual';
  /** A file with prices of models. */
  readonly pricesFile: string | undefined;
  /** US dollars per kWh. */
  readonly energyUsdPerKwh: number | undefined;
  /** Tokens that a task's answer may have. */
  readonly maxOutputTokens: number | undefined;
}

export const serveHelp = `corral serve: runs models of this machine and serves them with a dashboard

Usage
  corral serve [options]

Options                         Variable              Default
  --models-dir DIR              CORRAL_MODELS_DIR     ./models
      folder with .gguf files, searched with its subfolders; repeatable
  --llama-server PATH           CORRAL_LLAMA_SERVER   llama-server on PATH
      the llama.cpp server program
  --host ADDRESS                CORRAL_HOST           127.0.0.1
      address to listen on; other than loopback only with a token: --token, or corral token create
  --port NUMBER                 CORRAL_PORT           7676
  --state-dir DIR               CORRAL_STATE_DIR      the user's state folder
      keys, settings, records and logs; one hub at a time
  --allow-host HOST             CORRAL_ALLOW_HOST
      another exact Host header to answer, such as gpu-box.lan:7676; repeatable
  --allow-origin ORIGIN         CORRAL_ALLOW_ORIGIN
      a site whose pages may embed the widgets, such as https://dash.example; repeatable
  --token TOKEN                 CORRAL_TOKEN
      callers of /api and /metrics must send Authorization: Bearer TOKEN, which may do everything;
      tokens that may do less: corral token --help
  --port-range FROM-TO          CORRAL_PORT_RANGE     8100-8199
      ports for the servers that the hub starts
  --attach URL                  CORRAL_ATTACH
      a llama-server, llama.cpp router or llama-swap that someone else runs, to watch too; repeatable
  --discover                    CORRAL_DISCOVER=1
      look for LLM servers of others on this machine, at their usual ports, and watch them in the fleet
  --allow-public                CORRAL_ALLOW_PUBLIC=1
      let servers on the public internet be watched; without it only this machine and private networks
  --on-exit stop|adopt          CORRAL_ON_EXIT        stop
      what becomes of running servers when the hub ends: they are stopped, or they go on and the next hub
      started with adopt takes them over
  --resume auto|manual          CORRAL_RESUME         auto
      what becomes of jobs that ran when the hub ended: they go on, or they wait until somebody resumes them
  --prices FILE                 CORRAL_PRICES
      JSON list of {"model", "provider", "inputUsdPer1M", "outputUsdPer1M"}: what calls of models cost
  --energy-price USD_PER_KWH    CORRAL_ENERGY_PRICE
      prices calls of local models by the power that their graphics cards draw, where that can be measured
  --max-output-tokens NUMBER    CORRAL_MAX_OUTPUT_TOKENS 4096
      tokens that the answer to a task of a job may have
  --help

Flags beat variables. Repeatable variables hold a comma-separated list, CORRAL_MODELS_DIR one like PATH.

Examples
  corral serve --models-dir ~/models
  corral serve --models-dir ~/models --llama-server ~/llama.cpp/build/bin/llama-server
  corral serve --allow-origin https://dash.example
`;

const flags = {
  'models-dir': { type: 'string', multiple: true },
  'llama-server': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'state-dir': { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  'allow-origin': { type: 'string', multiple: true },
  token: { type: 'string' },
  'on-exit': { type: 'string' },
  'port-range': { type: 'string' },
  attach: { type: 'string', multiple: true },
  'allow-public': { type: 'boolean' },
  discover: { type: 'boolean' },
  resume: { type: 'string' },
  prices: { type: 'string' },
  'energy-price': { type: 'string' },
  'max-output-tokens': { type: 'string' },
} as const;

/**
 * Reads what follows `corral serve`, and the `CORRAL_*` variables.
 * @throws AdapterError `invalid_option` with what was expected
 */
export function parseServeOptions(args: readonly string[], env: NodeJS.ProcessEnv): ServeOptions {
  const { values, positionals } = readFlags(args, flags, 'serve');
  if (positionals.length > 0)
    throw invalidOption(`Expected options only, got \`${positionals.join(' ')}\`. See corral serve --help.`);
  const one = (flag: OneFlag, variable: string): string | undefined =>
    valueOf(flag, values[flag], env[variable]);
  const many = (flag: 'allow-host' | 'allow-origin' | 'attach', variable: string): readonly string[] =>
    values[flag] ??
    env[variable]
      ?.split(',')
      .map((entry) => entry.trim())
      .filter(Boolean) ??
    [];

  const onExit = one('on-exit', 'CORRAL_ON_EXIT') ?? 'stop';
  if (onExit !== 'stop' && onExit !== 'adopt')
    throw invalidOption(`Expected --on-exit to be \`stop\` or \`adopt\`, got \`${onExit}\``);
  const modelsDirs = values['models-dir'] ?? env['CORRAL_MODELS_DIR']?.split(path.delimiter) ?? [];
  if (modelsDirs.includes('')) throw invalidOption('Expected --models-dir to have a value');
  const resume = one('resume', 'CORRAL_RESUME') ?? 'auto';
  if (resume !== 'auto' && resume !== 'manual')
    throw invalidOption(`Expected --resume to be \`auto\` or \`manual\`, got \`${resume}\``);
  const portRange = one('port-range', 'CORRAL_PORT_RANGE');
  const energyPrice = one('energy-price', 'CORRAL_ENERGY_PRICE');
  const maxTokens = one('max-output-tokens', 'CORRAL_MAX_OUTPUT_TOKENS');
  return {
    host: one('host', 'CORRAL_HOST') ?? '127.0.0.1',
    port: portNumber(one('port', 'CORRAL_PORT') ?? '7676'),
    modelsDirs,
    stateDir: one('state-dir', 'CORRAL_STATE_DIR'),
    llamaServer: one('llama-server', 'CORRAL_LLAMA_SERVER'),
    allowHosts: many('allow-host', 'CORRAL_ALLOW_HOST').map(exactHost),
    allowOrigins: many('allow-origin', 'CORRAL_ALLOW_ORIGIN').map(exactOrigin),
    token: sendableToken(one('token', 'CORRAL_TOKEN')),
    onExit,
    portRange: portRange === undefined ? undefined : readPortRange(portRange),
    attach: many('attach', 'CORRAL_ATTACH'),
    allowPublic: values['allow-public'] ?? isSet(env['CORRAL_ALLOW_PUBLIC']),
    discover: values.discover ?? isSet(env['CORRAL_DISCOVER']),
    resume,
    pricesFile: one('prices', 'CORRAL_PRICES'),
    energyUsdPerKwh: energyPrice === undefined ? undefined : readTariff(energyPrice),
    maxOutputTokens: maxTokens === undefined ? undefined : readTokens(maxTokens),
  };
}

type OneFlag =
  | 'host'
  | 'port'
  | 'state-dir'
  | 'llama-server'
  | 'token'
  | 'on-exit'
  | 'port-range'
  | 'resume'
  | 'prices'
  | 'energy-price'
  | 'max-output-tokens';

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw invalidOption(`Expected --port to be a number from 0 to 65535, got \`${text}\``);
  return port;
}

function readTariff(text: string): number {
  const tariff = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(tariff))
    throw invalidOption(`Expected --energy-price to be US dollars per kWh, such as 0.3, got \`${text}\``);
  return tariff;
}

function readTokens(text: string): number {
  const tokens = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (tokens < 1)
    throw invalidOption(`Expected --max-output-tokens to be a number from 1 on, got \`${text}\``);
  return tokens;
}

function readPortRange(text: string): PortRange {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  if (!(range.from >= 1 && range.from <= range.to && range.to <= 65_535))
    throw invalidOption(`Expected --port-range to be two ports such as 8100-8199, got \`${text}\``);
  return range;
}

function isSet(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

function sendableToken(token: string | undefined): string | undefined {
  if (token === undefined || isToken(token)) return token;
  throw invalidOption('Expected --token to be printable ASCII without spaces: it travels in a header');
}

function exactHost(host: string): string {
  if (!isHostHeader(host)) {
    throw invalidOption(`Expected --allow-host to be a host with or without a port, got \`${host}\``);
  }
  return host.toLowerCase();
}

function exactOrigin(origin: string): string {
  if (isOrigin(origin.toLowerCase())) return origin.toLowerCase();
  throw invalidOption(
    `Expected --allow-origin to be scheme://host[:port] and nothing more, got \`${origin}\``,
  );
}
