import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  defaultModelSettings,
  EventHub,
  Hub,
  type HubEvents,
  limits,
  ModelManager,
  type ModelTier,
  type PortRange,
} from '@corral/core';
import { GgufFolder } from './discovery/gguf-folder.js';
import { createLogger, type Logger } from './logger.js';
import { llamaServerProber } from './probes/llama-server-probe.js';
import { type LlamaCommand, LlamaLauncher } from './process/llama-launcher.js';
import { resolveCommand } from './process/resolve-command.js';
import { defaultStateDir } from './stores/default-state-dir.js';
import { RunRecords } from './stores/run-records.js';
import { ServerKeys } from './stores/server-keys.js';
import { lockStateDir } from './stores/state-dir-lock.js';

/** What a hub on this machine is made of. Everything has a default. */
export interface CreateHubOptions {
  /** Folder with GGUF models, searched with its subfolders. Default: `models` in the working directory. */
  readonly modelsDir?: string;
  /** Folder for keys and records, for one hub at a time. Default: the user's state folder, `corral` in it. */
  readonly stateDir?: string;
  /** How llama-server is run: a path, a name on PATH, or a command with arguments. Default: `llama-server`. */
  readonly llamaServer?: string | LlamaCommand;
  /** Ports for our own servers. Default: 8100–8199. */
  readonly portRange?: PortRange;
  /** Milliseconds between two samples. Default: 1000. */
  readonly sampleIntervalMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL. Default: 10 000. */
  readonly stopGraceMs?: number;
  /** Tiers that beat the assigned ones, by file name. */
  readonly tierOverrides?: Readonly<Record<string, ModelTier>>;
  /** Default: JSON lines on stderr, warnings and worse. */
  readonly logger?: Logger;
}

/**
 * Builds a hub that runs llama-server processes on this machine, finds models and begins to sample.
 *
 * The state directory is locked for this process, and servers that a killed hub left behind are ended first.
 * `dispose()` stops every server it started.
 * @throws AdapterError `state_dir_locked`, `state_dir_unusable`
 * @example
 * const hub = await createHub({ modelsDir: './models' });
 * await hub.startModel(hub.models()[0].modelId);
 */
export async function createHub(options: CreateHubOptions = {}): Promise<Hub> {
  const logger = options.logger ?? createLogger({ level: 'warn' });
  const stateDir = path.resolve(options.stateDir ?? defaultStateDir());
  const unlock = await lockStateDir(stateDir);
  try {
    return await openHub(options, { logger, stateDir, unlock });
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Builds the hub in its data-flow order and opens it. */
async function openHub(
  options: CreateHubOptions,
  { logger, stateDir, unlock }: { logger: Logger; stateDir: string; unlock: () => Promise<void> },
): Promise<Hub> {
  const sampleIntervalMs = options.sampleIntervalMs ?? limits.sampleIntervalMs;
  const stopGraceMs = options.stopGraceMs ?? limits.stopGraceMs;
  const records = new RunRecords(stateDir);
  const keys = new ServerKeys(stateDir);
  const leftovers = await records.endLeftovers(stopGraceMs);
  await keys.clearStartKeys();
  if (leftovers > 0) logger.warn('ended servers that an earlier hub left behind', { count: leftovers });

  const events = new EventHub<HubEvents>((error, event) =>
    logger.error('a listener threw', { event, error }),
  );
  const llama =
    typeof options.llamaServer === 'object'
      ? options.llamaServer
      : { command: options.llamaServer ?? 'llama-server' };
  await resolveCommand(llama.command).catch((error: unknown) =>
    logger.warn('no model can be started', { error }),
  );
  const overrides = new Map(Object.entries(options.tierOverrides ?? {}));
  const models = new ModelManager({
    source: new GgufFolder(options.modelsDir ?? 'models'),
    launcher: new LlamaLauncher(llama, keys, records),
    prober: llamaServerProber,
    events,
    sampleIntervalMs,
    stopGraceMs,
    settings: {
      ...defaultModelSettings,
      nThreads: Math.min(defaultModelSettings.nThreads, availableParallelism()),
    },
    tierOverride: (file) => overrides.get(file.filename) ?? null,
    ...(options.portRange && { portRange: options.portRange }),
  });
  const hub = new LocalHub({ events, models, sampleIntervalMs }, unlock);
  await hub.open();
  return hub;
}

/** A hub that gives its state directory back when it is disposed. */
class LocalHub extends Hub {
  readonly #unlock: () => Promise<void>;
  #disposed: Promise<void> | undefined;

  constructor(options: ConstructorParameters<typeof Hub>[0], unlock: () => Promise<void>) {
    super(options);
    this.#unlock = unlock;
  }

  override dispose(): Promise<void> {
    this.#disposed ??= super.dispose().finally(this.#unlock);
    return this.#disposed;
  }
}
