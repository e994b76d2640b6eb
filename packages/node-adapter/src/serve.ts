import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CorralError, type Hub } from '@corral/core';
import { type CreateHubOptions, createHub, type HubJobsOptions } from './compose.js';
import { listenAddresses } from './egress/self-reference.js';
import { AdapterError } from './errors.js';
import { createApi } from './http/api.js';
import { errorBody, statusOf } from './http/http-errors.js';
import { listen } from './http/listen.js';
import type { Logger } from './logger.js';
import type { ServeOptions } from './serve-options.js';
import { defaultStateDir } from './stores/default-state-dir.js';
import { holdsUsableToken } from './stores/sqlite-token-store.js';
import { parseModelPrices } from './telemetry/model-prices.js';
import { openTokenBook, type StoredTokenBook, tokenFile } from './tokens/stored-token-book.js';
import { rememberTokensInForce, wereTokensInForce } from './tokens/tokens-in-force.js';

/** A hub that is served. */
export interface Serving {
  readonly hub: Hub;
  /** Where the dashboard is. */
  readonly url: string;
  /** Stops every server that the hub started, then the hub, then HTTP. */
  close(): Promise<void>;
}

/**
 * Listens, builds the hub and serves it, in this order: when the port is taken nothing else has begun.
 * @throws AdapterError `invalid_option`, `insecure_bind`, `address_in_use`, `address_unavailable`, `state_dir_locked`, `state_dir_unusable`
 */
export async function serve(
  options: ServeOptions,
  logger: Logger,
  more: CreateHubOptions = {},
): Promise<Serving> {
  const { host, port, token, allowHosts, allowOrigins, modelsDirs, stateDir, llamaServer } = options;
  const { onExit, portRange, attach, allowPublic, discover } = options;
  const jobs = jobsOptions(options);
  const tokenDir = path.resolve(more.stateDir ?? stateDir ?? defaultStateDir());
  if (!isLoopback(host) && token === undefined) refuseWithoutTokens(host, tokenDir);
  let handle: Parameters<typeof listen>[0] = (_incoming, outgoing) => {
    outgoing.writeHead(statusOf('starting'), { 'content-type': 'application/json', 'retry-after': '1' });
    outgoing.end(JSON.stringify(errorBody('starting')));
  };
  let hub: Hub | undefined;
  let tokens: StoredTokenBook | undefined;
  const listening = await listen((incoming, outgoing) => handle(incoming, outgoing), host, port);
  try {
    const opened = await createHub({
      logger,
      onExit,
      discover,
      jobs,
      egress: { allowPublic, self: listenAddresses(host, listening.port) },
      ...(modelsDirs.length > 0 && { modelsDir: modelsDirs }),
      ...(portRange && { portRange }),
      ...(stateDir !== undefined && { stateDir }),
      ...(llamaServer !== undefined && { llamaServer }),
      ...more,
    });
    hub = opened;
    const book = openTokenBook({ stateDir: tokenDir, logger });
    tokens = book;
    // Also when a damaged store was moved aside just now, and every token with it.
    const tokenNeeded = !isLoopback(host) || wereTokensInForce(tokenDir);
    const remember = (): void => (book.hasAny ? rememberTokensInForce(tokenDir) : undefined);
    remember();
    book.onChanged(remember);
    const names = [...new Set(['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host])];
    const api = createApi(opened, {
      allowedHosts: [...names.map((name) => `${name}:${listening.port}`), ...allowHosts],
      allowedOrigins: allowOrigins,
      logger,
      tokens: book,
      tokenNeeded,
      ...(token !== undefined && { token }),
    });
    handle = api.nodeHandler;
    await attachAll(opened, attach, logger);
    if ((host === '0.0.0.0' || host === '::') && allowHosts.length === 0) {
      logger.warn('calls from other machines are refused until --allow-host names this one', {
        port: listening.port,
      });
    }
    return {
      hub: opened,
      url: listening.url,
      close: async () => {
        try {
          await opened.dispose();
        } finally {
          api.dispose();
          book.close();
          await listening.close();
        }
      },
    };
  } catch (error) {
    await listening.close();
    tokens?.close();
    await hub?.dispose();
    throw error;
  }
}

/** @throws AdapterError `invalid_option` for a file of prices that cannot be read, or is none */
function jobsOptions({ resume, pricesFile, energyUsdPerKwh, maxOutputTokens }: ServeOptions): HubJobsOptions {
  return {
    resume,
    ...(pricesFile !== undefined && { prices: parseModelPrices(readJson(pricesFile)) }),
    ...(energyUsdPerKwh !== undefined && { energyUsdPerKwh }),
    ...(maxOutputTokens !== undefined && { limits: { maxOutputTokens } }),
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AdapterError('invalid_option', 'Expected --prices to be a file with JSON', { cause });
  }
}

/** Looks without opening anything: where this refuses, nothing else has begun. @throws AdapterError `insecure_bind` */
function refuseWithoutTokens(host: string, stateDir: string): void {
  if (holdsUsableToken(tokenFile(stateDir))) return;
  const words =
    'everyone who reaches it could steer your models. Pass --token, or make one: corral token create';
  throw new AdapterError('insecure_bind', `Refusing to listen on ${host} without a token: ${words}`);
}

/** Attaches what the command line names. What was attached by an earlier run is fine; what cannot be is told. */
async function attachAll(hub: Hub, urls: readonly string[], logger: Logger): Promise<void> {
  const attached = urls.map((url, i) =>
    hub.attachEndpoint({ url }).catch((error: unknown) => {
      if (error instanceof CorralError && error.code === 'duplicate_endpoint') return;
      // Not what was typed: it may hold a password, which is one reason to refuse it.
      logger.warn('a server could not be attached', { attach: i + 1, error });
    }),
  );
  await Promise.all(attached);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
