import type { LeftRunning } from '@corral/core';
import { modelSettingsSchema } from '@corral/core/wire';
import type { Logger } from '../logger.js';
import { removeFile } from '../stores/private-files.js';
import type { RunRecord, RunRecords } from '../stores/run-records.js';
import type { ServerKeys } from '../stores/server-keys.js';
import type { OnExit } from './llama-launcher.js';
import { LlamaProcess } from './llama-process.js';
import { FileInput } from './log-input.js';
import { strangerExit } from './process-exit.js';
import { endStrays, findStrays } from './sweep.js';

/** What a recovery works with. */
export interface RecoveryOptions {
  readonly records: RunRecords;
  readonly keys: ServerKeys;
  readonly onExit: OnExit;
  readonly stopGraceMs: number;
  readonly logger: Logger;
}

/**
 * Deals with what an earlier hub left behind: servers that can go on are answered, with `adopt`; all others are ended,
 * and so is everything that escaped from them.
 */
export async function recoverServers(options: RecoveryOptions): Promise<LeftRunning[]> {
  const { records, keys, onExit, stopGraceMs, logger } = options;
  const left = await records.leftovers();
  const goOn = left.filter((record) => onExit === 'adopt' && isComplete(record));
  const ending = left.filter((record) => !goOn.includes(record));
  await records.end(ending, stopGraceMs);
  if (ending.length > 0)
    logger.warn('ended servers that an earlier hub left behind', { count: ending.length });
  const strays = await findStrays(await records.hubId(), new Set(goOn.map(({ nonce }) => nonce)));
  await endStrays(strays, stopGraceMs);
  if (strays.length > 0)
    logger.warn('ended processes that had escaped from their servers', { count: strays.length });
  if (goOn.length > 0) logger.info('taking over servers that went on', { count: goOn.length });
  return Promise.all(goOn.map((record) => watched(record, records, keys)));
}

/** A record that another version wrote may lack what this one needs; its server is ended like any other. */
function isComplete({ takeOver }: RunRecord): boolean {
  return takeOver !== undefined && modelSettingsSchema.safeParse(takeOver.settings).success;
}

/** A server that is not our child, watched from now on. */
async function watched(record: RunRecord, records: RunRecords, keys: ServerKeys): Promise<LeftRunning> {
  const { port, settings, identityKey, startedAtWall } = record.takeOver as NonNullable<
    RunRecord['takeOver']
  >;
  const watching = new AbortController();
  const process = new LlamaProcess({
    pid: record.pid,
    port,
    identityKey,
    clientKey: await keys.clientKey(record.modelId),
    exit: strangerExit(record, watching.signal),
    log: new FileInput(records.logFile(record.nonce)),
    release: async () => watching.abort(),
  });
  void process.exited.then(async () => {
    if (!watching.signal.aborted) await removeFile(records.recordFile(record.nonce));
  });
  return { modelId: record.modelId, port, settings, startedAtWall, process };
}
