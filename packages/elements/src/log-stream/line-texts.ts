import type { JobLogEvent, JobLogLevel } from '@corral/core';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** When a line was said, to the second; what is no time is shown as nothing. */
export function clockText(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '' : clock.format(at);
}

/** Levels as a log writes them, of one width. */
const levelWords: Readonly<Record<JobLogLevel, string>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
};

/** The word of a level; the level itself when it is a new one. */
export function levelWord(level: JobLogLevel): string {
  return Object.hasOwn(levelWords, level) ? levelWords[level] : level;
}

/** A line as a file has it. */
export function fileLine({ ts, level, taskId, msg }: JobLogEvent): string {
  return `${ts} ${levelWord(level).padEnd(5)} ${taskId === null ? '' : `[${taskId}] `}${msg}`;
}

/** A name for a file: what would mean something to a file system is left out. */
export function fileName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '');
  return `${safe.slice(0, 80) || 'log'}.log`;
}
