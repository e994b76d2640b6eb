import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  defaultModelSettings,
  EventHub,
  fleetBackends,
  Hub,
  type HubEvents,
  type JobExecutor,
  JobRunner,
  LlmRegistry,
  limits,
  MetricsCollector,
  ModelManager,
  ModelTelemetry,
  type ModelTier,
  type PortRange,
  type TaskDispatcher,
} from '@corral/core';
import { GgufFolders, modelIdOf } from './discovery/gguf-folders.js';
import { LocalEndpoints } from './discovery/local-endpoints.js';
import { HostProbe } from './host/host-probe.js';
import { HostWatch } from './host/host-watch.js';
import { ProcessMemoryReader } from './host/process-memory.js';
import type { CallLimits } from './jobs/llm-executor/call-options.js';
import { HubCallTargets } from './jobs/llm-executor/hub-call-targets.js';
import { createLlmExecutor } from './jobs/llm-executor/llm-executor.js';
import type { Prompts } from './jobs/llm-executor/prompts/prompts.js';
import { createLogger, type Logger } from './logger.js';
import { BackendNetwork, type BackendNetworkOptions } from './probes/backend-network.js';
import { llamaServerProber } from './probes/llama-server-probe.js';
import { type LlamaCommand, LlamaLauncher, type OnExit } from './process/llama-launcher.js';
import { recoverServers } from './process/recover-servers.js';
import { redact } from './process/redact.js';
import { resolveCommand } from './process/resolve-command.js';
import { Ballast } from './stores/ballast.js';
import { defaultStateDir } from './stores/default-state-dir.js';
import { RunRecords } from './stores/run-records.js';
import { ServerKeys } from './stores/server-keys.js';
import { openDatabase, type SqliteDatabase } from './stores/sqlite-database.js';
import { SqliteEndpointStore } from './stores/sqlite-endpoint-store.js';
import { SqliteJobStore } from './stores/sqlite-job-store.js';
import { SqliteModelStore } from './stores/sqlite-model-store.js';
import { SqliteTelemetryStore } from './stores/sqlite-telemetry-store.js';
import { lockStateDir } from './stores/state-dir-lock.js';
import { type ModelPrice, ModelPrices } from './telemetry/model-prices.js';
import { YamlJobReader } from './yaml/yaml-job-reader.js';

/** How a hub runs jobs. Everything has a default. */
export interface HubJobsOptions {
  /** Plans jobs and carries out their tasks. Default: the one on the LLM endpoints that the hub watches. */
  readonly executor?: JobExecutor;
  /** Takes tasks to workers on other machines. Default: they are carried out here. */
  readonly dispatcher?: TaskDispatcher;
  /** Whether jobs that ran when an earlier hub ended go on by themselves. Default: `auto`. */
  readonly resume?: 'auto' | 'manual';
  /** What tokens of models cost. Default: nobody knows, and budgets in dollars hold nothing back. */
  readonly prices?: readonly ModelPrice[];
  /** US dollars for a kilowatt-hour: prices calls without another price by the power that graphics cards draw. */
  readonly energyUsdPerKwh?: number;
  /** Prompts in place of those that the executor has. */
  readonly prompts?: Partial<Prompts>;
  /** Bounds of what the executor asks of models. */
  readonly limits?: Partial<CallLimits>;
}

/** What a hub on this machine is made of. Everything has a default. */
export interface CreateHubOptions {
  /** Folders with GGUF models, searched with their subfolders. Default: `models` in the working directory. */
  readonly modelsDir?: string | readonly string[];
  /** Folder for keys, settings and records, for one hub at a time. Default: the user's state folder, `corral` in it. */
  readonly stateDir?: string;
  /** How llama-server is run: a path, a name on PATH, or a command with arguments. Default: `llama-server`. */
  readonly llamaServer?: string | LlamaCommand;
  /** Ports for our own servers. Default: 8100–8199. */
  readonly portRange?: PortRange;
  /** Milliseconds between two samples. Default: 1000. */
  readonly sampleIntervalMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL. Default: 10 000. */
  readonly stopGraceMs?: number;
  /** Milliseconds of them in which running requests may finish first; at most half. Default: 5000. */
  readonly drainMs?: number;
  /** Tiers that files begin with, by file name; a person's choice beats them. */
  readonly tierOverrides?: Readonly<Record<string, ModelTier>>;
  /**
   * What becomes of running servers when the hub ends, and of those that an earlier hub left. `stop`: none is left.
   * `adopt`: they go on, and the next hub takes them over. Default: `stop`.
   */
  readonly onExit?: OnExit;
  /** Rules for servers of others that are attached or registered. Default: this machine and private networks. */
  readonly egress?: BackendNetworkOptions;
  /** Whether LLM servers of others on this machine are looked for, at their usual ports. Default: false. */
  readonly discover?: boolean;
  /** How jobs are run. */
  readonly jobs?: HubJobsOptions;
  /** Default: JSON lines on stderr, warnings and worse. */
  readonly logger?: Logger;
}

/**
 * Builds a hub that runs llama-server processes on this machine, finds models and begins to sample.
 *
 * The state directory is locked for this process, and servers that an earlier hub left behind are ended first, or taken
 * over with `onExit: 'adopt'`. `dispose()` gives the state directory back.
 * @throws AdapterError `state_dir_locked`, `state_dir_unusable`, `store_newer`, `store_locked`
 * @example
 * const hub = await createHub({ modelsDir: './models' });
 * await hub.startModel(hub.models()[0].modelId);
 */
export async function createHub(options: CreateHubOptions = {}): Promise<Hub> {
  const logger = options.logger ?? createLogger({ level: 'warn' });
  const stateDir = path.resolve(options.stateDir ?? defaultStateDir());
  const unlock = await lockStateDir(stateDir);
  const ballast = new Ballast(path.join(stateDir, 'corral.ballast'));
  let database: SqliteDatabase | undefined;
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    if (!released) database?.close();
    return (released ??= unlock());
  };
  try {
    database = openDatabase(path.join(stateDir, 'corral.db'), { logger, ballast });
    return await openHub(options, { logger, stateDir, database, ballast, release });
  } catch (error) {
    await release();
    throw error;
  }
}

interface House {
  readonly logger: Logger;
  readonly stateDir: string;
  readonly database: SqliteDatabase;
  readonly ballast: Ballast;
  /** Gives the state directory back. */
  readonly release: () => Promise<void>;
}

/** Builds the hub in its data-flow order and opens it. */
async function openHub(options: CreateHubOptions, house: House): Promise<Hub> {
  const { logger, stateDir, database, ballast, release } = house;
  const sampleIntervalMs = options.sampleIntervalMs ?? limits.sampleIntervalMs;
  const stopGraceMs = options.stopGraceMs ?? limits.stopGraceMs;
  const onExit = options.onExit ?? 'stop';
  const records = new RunRecords(stateDir);
  const keys = new ServerKeys(stateDir);
  const leftRunning = await recoverServers({ records, keys, onExit, stopGraceMs, logger });
  await keys.clearStartKeys();

  const events = new EventHub<HubEvents>((error, event) =>
    logger.error('a listener threw', { event, error }),
  );
  const llama = llamaCommand(options.llamaServer);
  await resolveCommand(llama.command).catch((error: unknown) =>
    logger.warn('no model can be started', { error }),
  );
  const memory = new ProcessMemoryReader();
  const overrides = new Map(Object.entries(options.tierOverrides ?? {}));
  const connector = new BackendNetwork(options.egress, logger);
  const endpointStore = new SqliteEndpointStore(database, logger);
  const registry = new LlmRegistry({ events, connector, store: endpointStore, idOf: modelIdOf });
  const host = new HostWatch({
    host: new HostProbe(),
    onRead: (observation) => registry.observe(observation),
    intervalMs: sampleIntervalMs,
    logger,
  });
  const discovery = new LocalEndpoints({ registry, events, logger, ownPorts: ownPorts(options) });
  const metrics = new MetricsCollector(() => fleetBackends(registry), {
    intervalMs: sampleIntervalMs,
    onCollected: (snapshots) => events.emit('metrics:collected', { snapshots }),
  });
  const models = new ModelManager({
    source: new GgufFolders([options.modelsDir ?? 'models'].flat()),
    launcher: new LlamaLauncher({ llama, keys, records, onExit }),
    prober: llamaServerProber(memory, logger),
    connector,
    events,
    store: new SqliteModelStore(database, logger),
    endpointStore,
    // What was merely found makes way for what a person attaches.
    isEndpointTaken: (endpointId) => ![undefined, 'discovered'].includes(registry.get(endpointId)?.origin),
    sampleIntervalMs,
    stopGraceMs,
    settings: {
      ...defaultModelSettings,
      nThreads: Math.min(defaultModelSettings.nThreads, availableParallelism()),
    },
    tierOverride: (file) => overrides.get(file.filename) ?? null,
    idOf: (text) => modelIdOf(text),
    leftRunning,
    onExit,
    ...(options.drainMs !== undefined && { drainMs: options.drainMs }),
    ...(options.portRange && { portRange: options.portRange }),
  });
  const telemetry = new ModelTelemetry({ events, store: new SqliteTelemetryStore(database, logger) });
  const { connectClient: connect } = connector;
  const targets = new HubCallTargets({ registry, models, events, endpointStore, connect });
  const {
    executor,
    dispatcher,
    resume,
    prices = [],
    energyUsdPerKwh,
    prompts,
    limits: callLimits,
  } = options.jobs ?? {};
  const llmExecutor = createLlmExecutor({
    ...{ targets, connect, telemetry },
    prices: new ModelPrices(prices),
    powerOf: (target) => targets.powerOf(target),
    ...(energyUsdPerKwh !== undefined && { energyUsdPerKwh }),
    ...(prompts && { prompts }),
    ...(callLimits && { limits: callLimits }),
  });
  const reader = new YamlJobReader();
  const jobs = new JobRunner({
    ...{ events, reader, redact },
    onError: (error) => logger.error('a job ended by a fault of the hub', { error }),
    executor: executor ?? llmExecutor,
    store: new SqliteJobStore(database, logger, { ballast }),
    ...(dispatcher && { dispatcher }),
    ...(resume && { resume }),
  });
  const services = { events, models, registry, metrics, jobs, telemetry, degraded: degradedBy(database) };
  const hub = new LocalHub({ ...services, sampleIntervalMs }, async () => {
    llmExecutor.dispose();
    targets.dispose();
    await Promise.allSettled([discovery.stop(), host.stop(), reader.dispose(), dispatcher?.dispose?.()]);
    memory.close();
    await release();
  });
  try {
    await hub.open();
    await host.start();
  } catch (error) {
    await hub.dispose();
    throw error;
  }
  if (options.discover) discovery.start();
  return hub;
}

/** Where this hub itself listens: nothing of others is there. */
function ownPorts({ egress }: CreateHubOptions): number[] {
  return (egress?.self ?? []).map(({ port }) => port);
}

/** What of the store does not work as it should. */
function degradedBy({ persistent, replaced }: SqliteDatabase): readonly string[] {
  return [...(persistent ? [] : ['store_not_persistent']), ...(replaced ? ['store_replaced'] : [])];
}

function llamaCommand(given: string | LlamaCommand = 'llama-server'): LlamaCommand {
  return typeof given === 'object' ? given : { command: given };
}

/** A hub that gives its state directory back when it is disposed. */
class LocalHub extends Hub {
  readonly #release: () => Promise<void>;
  #disposed: Promise<void> | undefined;

  constructor(options: ConstructorParameters<typeof Hub>[0], release: () => Promise<void>) {
    super(options);
    this.#release = release;
  }

  override dispose(): Promise<void> {
    this.#disposed ??= super.dispose().finally(this.#release);
    return this.#disposed;
  }
}
