import {
  type Clock,
  CorralError,
  checkJobRequest,
  type JobRequest,
  type JobText,
  type JobTextReader,
  systemClock,
} from '@corral/core';
import { type YamlAsk, YamlThread } from './yaml-thread.js';

/** Bounds of a {@link YamlJobReader}; every one has a default. */
export interface YamlJobReaderOptions {
  /** Milliseconds that reading one text may take. Default: 1000. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

/** The most that a text may hold. */
const most = { bytes: 256 * 1024, depth: 32, nodes: 30_000 };
const idleMs = 30_000;

/**
 * Reads jobs from YAML in a thread of its own, so that no text, however hostile, keeps the hub from its work. What comes out
 * was checked as a job, too: then errors of fields come with their lines.
 */
export class YamlJobReader implements JobTextReader {
  readonly #thread: YamlThread;

  constructor({ deadlineMs = 1000, clock = systemClock }: YamlJobReaderOptions = {}) {
    this.#thread = new YamlThread({ clock, deadlineMs, limits: most, idleMs });
  }

  /**
   * @throws CorralError `yaml_too_large`, `invalid_yaml`, `yaml_too_deep`, `alias_not_allowed`, `tag_not_allowed`,
   * `limit_exceeded` and `out_of_range` with `details.line`, `details.column` and `details.problem`; what
   * {@link checkJobRequest} throws, with `details.lines` by field
   */
  async read({ yaml }: JobText): Promise<JobRequest> {
    if (typeof yaml !== 'string') throw refused('invalid_yaml', { problem: 'The text is none' });
    // Counted only where it matters: a character is one byte at least and three at most.
    if (yaml.length > most.bytes || (yaml.length * 3 > most.bytes && Buffer.byteLength(yaml) > most.bytes))
      throw refused('yaml_too_large', { most: most.bytes });
    return this.#thread.use((ask) => read(yaml, ask));
  }

  /** Ends the thread. Idempotent. */
  dispose(): Promise<void> {
    return this.#thread.dispose();
  }
}

async function read(yaml: string, ask: YamlAsk): Promise<JobRequest> {
  const reply = await ask({ text: yaml });
  if (reply?.kind !== 'read')
    throw refused('invalid_yaml', { line: 1, column: 1, problem: 'The text takes too long to read' });
  const { answer } = reply;
  if ('refusal' in answer) {
    const { refusal, field, ...details } = answer;
    throw refused(refusal, { ...details, ...(field !== null && { fields: { [field]: details.problem } }) });
  }
  try {
    checkJobRequest(answer.value);
  } catch (error) {
    throw await withLines(error, ask);
  }
  // It was checked.
  return answer.value as JobRequest;
}

/** The error with the lines of the fields that it is about. */
async function withLines(error: unknown, ask: YamlAsk): Promise<unknown> {
  if (!(error instanceof CorralError)) return error;
  const { code, message, details } = error;
  const fields = Object.keys(details?.['fields'] ?? {});
  if (fields.length === 0) return error;
  const reply = await ask({ fields });
  const lines = reply?.kind === 'lines' ? reply.lines : {};
  return new CorralError(code, message, { details: { ...details, lines }, cause: error });
}

const messages = {
  invalid_yaml: 'Expected the YAML of a job',
  yaml_too_large: 'Expected at most 256 KiB of YAML',
  yaml_too_deep: `Expected lists and maps at most ${most.depth} deep`,
  alias_not_allowed: 'Expected YAML without anchors, aliases and merge keys',
  tag_not_allowed: 'Expected YAML without tags',
  limit_exceeded: `Expected at most ${most.nodes} values and keys`,
  out_of_range: 'Expected numbers that can be kept exactly',
} as const;

function refused(code: keyof typeof messages, details: Readonly<Record<string, unknown>>): CorralError {
  return new CorralError(code, messages[code], { details });
}
