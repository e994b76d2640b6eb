import { readFile } from 'node:fs/promises';
import {
  type Endpoint,
  EventHub,
  type HubEvents,
  LlmRegistry,
  type ReportedEndpoint,
  type ResourceReading,
  systemClock,
} from '@corral/core';
import { LocalEndpoints } from '../discovery/local-endpoints.js';
import { modelIdOf } from '../discovery/model-id.js';
import { AdapterError } from '../errors.js';
import { isToken } from '../http/edge-policy.js';
import { isHostId } from '../http/host-routes.js';
import type { Logger } from '../logger.js';
import { BackendNetwork } from '../probes/backend-network.js';
import { type AgentOptions, isReadableOnTheWay, type TokenSource } from './agent-options.js';
import { HubClient } from './hub-client.js';
import { type ReportFacts, ReportPusher } from './report-pusher.js';

/** The part of a host probe that an agent needs. */
export interface AgentHost {
  open(): Promise<void>;
  read(): Promise<ResourceReading>;
  describe(): {
    readonly hostId: string;
    readonly name: string;
    readonly system: string | null;
    readonly addresses: readonly string[];
  };
  close(): Promise<void> | void;
}

const unknownResources: ResourceReading = {
  cpuPercent: null,
  cpuCount: null,
  ramUsed: null,
  ramTotal: null,
  ramLimit: 'host',
  vramUsed: null,
  vramTotal: null,
  memoryKind: 'discrete',
  memoryPressurePercent: null,
  gpus: [],
};

/** An agent that runs. */
export interface RunningAgent {
  /** What the hub knows this machine by. */
  readonly hostId: string;
  /** Ends it; resolves when nothing of it is left. Idempotent. */
  close(): Promise<void>;
}

/**
 * Finds the LLM servers of this machine, measures it, and reports both to a hub until it is closed. A hub that is away or
 * refuses is tried again and again: an agent may be started first.
 * @throws AdapterError `invalid_option` when the token file cannot be read, or the machine has no usable id
 */
export async function startAgent(
  options: AgentOptions,
  logger: Logger,
  host: AgentHost,
): Promise<RunningAgent> {
  await readToken(options.token);
  const events = new EventHub<HubEvents>((error, event) =>
    logger.error('a listener threw', { event, error }),
  );
  await host.open();
  const described = host.describe();
  const hostId = options.hostId ?? described.hostId;
  if (!isHostId(hostId)) {
    await host.close();
    throw new AdapterError('invalid_option', 'This machine has no usable id. Pass --host-id.');
  }
  const registry = new LlmRegistry({ events, connector: new BackendNetwork({}, logger), idOf: modelIdOf });
  const discovery = new LocalEndpoints({
    registry,
    events,
    logger,
    ...(options.ports && { ports: options.ports }),
  });
  const client = new HubClient(options.hub);
  let wasRead = true;
  const readOrUnknown = async (): Promise<ResourceReading> => {
    try {
      const resources = await host.read();
      wasRead = true;
      return resources;
    } catch (error) {
      if (wasRead) logger.warn('this machine cannot be measured now', { error });
      wasRead = false;
      return unknownResources;
    }
  };
  const pusher = new ReportPusher({
    send: (report, token, signal) => client.send(hostId, report, token, signal),
    token: () => readToken(options.token),
    collect: async () => reportOf(options, host, await readOrUnknown(), registry.endpoints()),
    intervalMs: options.intervalMs,
    clock: systemClock,
    random: Math.random,
    logger,
  });
  if (isReadableOnTheWay(options.hub))
    logger.warn('the token travels in plain text: use https where others share the network');
  await registry.open();
  discovery.start();
  pusher.start();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([pusher.stop(), discovery.stop(), registry.dispose()]);
    await Promise.all([client.close(), host.close()]);
    events.dispose();
  };
  return { hostId, close: () => (closed ??= close()) };
}

function reportOf(
  { name }: AgentOptions,
  host: AgentHost,
  resources: ResourceReading,
  endpoints: readonly Endpoint[],
): ReportFacts {
  const described = host.describe();
  return {
    name: name ?? described.name,
    system: described.system,
    addresses: described.addresses,
    resources,
    // What is still being recognised is not told: most of it is no LLM server.
    endpoints: endpoints.filter(({ kind, condition }) => kind !== null || condition !== null).map(reported),
  };
}

function reported(endpoint: Endpoint): ReportedEndpoint {
  const { name, scheme, host, port, basePath, kind, status, condition, models, latencyMs, queueDepth } =
    endpoint;
  return { name, scheme, host, port, basePath, kind, status, condition, models, latencyMs, queueDepth };
}

/** @throws AdapterError `invalid_option`; never with the token */
async function readToken(source: TokenSource): Promise<string> {
  if ('token' in source) return source.token;
  const text = await readFile(source.file, 'utf8').catch((error: unknown) => {
    throw new AdapterError('invalid_option', `The token file \`${source.file}\` cannot be read`, {
      cause: error,
    });
  });
  const token = text.trim();
  if (isToken(token)) return token;
  throw new AdapterError('invalid_option', `Expected \`${source.file}\` to hold one token and nothing else`);
}
