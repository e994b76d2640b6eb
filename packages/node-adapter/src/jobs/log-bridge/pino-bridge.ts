import type { JobLogger } from '@corral/core';
import { parseJson, recordOf } from '../../probes/json-values.js';
import { logToJob, textOfFields } from './job-log-record.js';

/** Where pino writes its lines. */
export interface PinoDestination {
  /** By this pino tells a destination from its options. */
  readonly writable: true;
  write(line: string): void;
}

/** Fields that every record has and that say nothing in a job's log. */
const known = ['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v'];

/**
 * A destination for pino that puts its records on the stream of a job.
 *
 * @example
 * const logger = pino(pinoBridge(context.log));
 * const both = pino(pino.multistream([{ stream: process.stdout }, { stream: pinoBridge(context.log) }]));
 */
export function pinoBridge(log: JobLogger): PinoDestination {
  return {
    writable: true,
    write: (lines) => {
      for (const line of lines.split('\n')) if (line.trim() !== '') take(log, line);
    },
  };
}

function take(log: JobLogger, line: string): void {
  const record = recordOf(parseJson(line));
  const message = record['msg'];
  // Somebody's own formatter, or no record of pino at all.
  if (record['level'] === undefined) logToJob(log, 'info', line);
  else
    logToJob(
      log,
      record['level'],
      `${typeof message === 'string' ? message : ''}${textOfFields(record, known)}`,
    );
}
