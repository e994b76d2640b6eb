import { Writable } from 'node:stream';
import type { JobLogger } from '@corral/core';
import { recordOf } from '../../probes/json-values.js';
import { logToJob, textOfFields, textOfValue } from './job-log-record.js';

const known = ['level', 'message', 'timestamp', 'splat', 'stack'];

/** What winston takes for a transport: a stream of records with a `log` method. */
export interface WinstonTransport extends Writable {
  log(record: unknown, next: () => void): void;
}

/**
 * A transport for winston that puts its records on the stream of a job, as they are after the logger's format.
 *
 * @example
 * const logger = winston.createLogger({ transports: [winstonTransport(context.log)] });
 */
export function winstonTransport(log: JobLogger): WinstonTransport {
  const take = (given: unknown, next: () => void): void => {
    const record = recordOf(given);
    const said = typeof record['stack'] === 'string' ? record['stack'] : textOfValue(record['message'] ?? '');
    logToJob(log, record['level'], said + textOfFields(record, known));
    next();
  };
  const stream = new Writable({ objectMode: true, write: (record, _encoding, next) => take(record, next) });
  return Object.assign(stream, { log: take });
}
