import { redact } from './process/redact.js';

/** Levels from the quietest to the loudest. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** Facts that go with a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the adapter says what it does. Any logger with these four methods fits. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** How to log. */
export interface LoggerOptions {
  /** Lines quieter than this are dropped. Default: `info`. */
  readonly level?: LogLevel;
  /** Takes one finished line without its newline. Default: stderr. */
  readonly write?: (line: string) => void;
}

/** A logger of JSON lines: one event is one line, control characters are escaped and secrets taken out. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', write = (line) => process.stderr.write(`${line}\n`) } = options;
  const quietest = logLevels.indexOf(level);
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(name) > quietest) return;
      const record = { ts: new Date().toISOString(), level: name, msg: message, ...plain(fields) };
      write(jsonEscape(JSON.stringify(record, safely)));
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** Redacts each text before it is quoted: afterwards a redaction could take a quote with it, and the line were no JSON. */
function safely(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return /^(?:authorization|(?:x-)?api[-_]?key|.*[-_]?token|password|secret)$/i.test(name)
    ? '[redacted]'
    : redact(value);
}

/** Errors have no enumerable fields; without this they would be logged as `{}`. */
function plain(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? `${value.name}: ${value.message}` : value,
    ]),
  );
}

/** JSON leaves DEL, C1 and line separators as they are; a terminal would obey them. */
function jsonEscape(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
