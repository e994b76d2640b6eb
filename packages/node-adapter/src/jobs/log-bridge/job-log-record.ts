import { inspect } from 'node:util';
import type { JobLogger, JobLogLevel } from '@corral/core';
import { redact } from '../../process/redact.js';

/** Levels of pino, winston and console, by name, as those of a job's log. */
const levelsByName = new Map<string, JobLogLevel>(
  Object.entries({
    silly: 'debug',
    trace: 'debug',
    debug: 'debug',
    verbose: 'debug',
    log: 'info',
    http: 'info',
    info: 'info',
    notice: 'info',
    warn: 'warn',
    warning: 'warn',
    error: 'error',
    err: 'error',
    crit: 'error',
    critical: 'error',
    alert: 'error',
    emerg: 'error',
    fatal: 'error',
  }),
);

/** The level of a job's log for one of another logger: its name, or pino's number. What nobody knows is `info`. */
export function jobLogLevelOf(level: unknown): JobLogLevel {
  if (typeof level === 'string') return levelsByName.get(level.toLowerCase()) ?? 'info';
  if (typeof level !== 'number') return 'info';
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}

/** Puts a record on the stream of a job, secrets taken out. Never throws: a logger must not break what it reports on. */
export function logToJob(log: JobLogger, level: unknown, message: string): void {
  try {
    log[jobLogLevelOf(level)](redact(message));
  } catch {
    // The job may have ended.
  }
}

/** A value as a logger would print it. */
export function textOfValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`;
  return inspect(value, {
    depth: 3,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 20,
    maxStringLength: 2000,
  });
}

/** The fields of a record that say more than its message, as `name=value`; empty where there are none. */
export function textOfFields(record: Readonly<Record<string, unknown>>, known: readonly string[]): string {
  return Object.entries(record)
    .filter(([name, value]) => !known.includes(name) && value !== undefined)
    .map(([name, value]) => ` ${name}=${isSecret(name) ? '[redacted]' : textOfValue(value)}`)
    .join('');
}

function isSecret(name: string): boolean {
  return /^(?:authorization|cookie|(?:x-)?api[-_]?key|.*[-_]?token|password|secret)$/i.test(name);
}
