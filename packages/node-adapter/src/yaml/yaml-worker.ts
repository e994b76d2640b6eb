import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  CORE_SCHEMA,
  constructFromEvents,
  type DocumentEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';

/** Why a text is refused. */
export type YamlRefusal =
  | 'invalid_yaml'
  | 'alias_not_allowed'
  | 'tag_not_allowed'
  | 'yaml_too_deep'
  | 'limit_exceeded'
  | 'out_of_range';

/** What a text says, with the line of each field; or why it is refused, and where. Lines and columns count from 1. */
export type YamlAnswer =
  | { readonly value: unknown; readonly lines: Readonly<Record<string, number>> }
  | {
      readonly refusal: YamlRefusal;
      /** In words; it may quote the text. */
      readonly problem: string;
      readonly line: number;
      readonly column: number;
      /** The field that it is about, where there is one. */
      readonly field: string | null;
    };

/** How much a text may hold. */
export interface YamlLimits {
  /** Lists and maps within each other. */
  readonly depth: number;
  /** Values and keys. */
  readonly nodes: number;
}

/** What tells this file that it is to listen, and is not just somebody's import. */
export interface YamlWorkerData {
  readonly corralYaml: YamlLimits;
}

/** What is asked of it: to read a text, or on which lines fields of the last one are. */
export type YamlQuestion = { readonly text: string } | { readonly fields: readonly string[] };

/** What it says: that it is there, what a text says, or lines by field. */
export type YamlReply =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'read';
      readonly answer: Exclude<YamlAnswer, { readonly lines: unknown }> | { readonly value: unknown };
    }
  | { readonly kind: 'lines'; readonly lines: Readonly<Record<string, number>> };

/**
 * Reads one document of YAML 1.2 in its core schema, without anchors, aliases, merge keys and tags: they are found among the
 * parser's events, before anything is built of them. This file imports nothing of ours, so that a thread can be started with
 * it as it is.
 */
export function readYaml(text: string, limits: YamlLimits): YamlAnswer {
  try {
    // The parser counts more than lists and maps; those are counted exactly below.
    const events = parseEvents(text, { maxDepth: limits.depth + 8 });
    const lines = new Survey(text, limits).take(events);
    const [value] = constructFromEvents(events, { source: text, schema: CORE_SCHEMA, maxAliases: 0 });
    return { value, lines };
  } catch (error) {
    if (error instanceof Refused) return { ...placeOf(text, error.offset), ...error.facts };
    if (!(error instanceof YAMLException)) return refusalOf('invalid_yaml', 'This is not YAML');
    const { reason, mark } = error;
    const tooDeep = reason.startsWith('nesting exceeded');
    const { line, column } = mark ?? { line: 0, column: 0 };
    return {
      refusal: tooDeep ? 'yaml_too_deep' : 'invalid_yaml',
      problem: tooDeep ? deepProblem(limits) : reason.slice(0, 200),
      ...{ line: line + 1, column: column + 1, field: null },
    };
  }
}

function refusalOf(refusal: YamlRefusal, problem: string): YamlAnswer {
  return { refusal, problem, line: 1, column: 1, field: null };
}

function deepProblem({ depth }: YamlLimits): string {
  return `Lists and maps are nested more than ${depth} deep`;
}

/** Thrown where a text is refused. */
class Refused extends Error {
  readonly facts: { readonly refusal: YamlRefusal; readonly problem: string; readonly field: string | null };
  readonly offset: number;

  constructor(refusal: YamlRefusal, offset: number, problem: string, field: string | null = null) {
    super(problem);
    this.facts = { refusal, problem, field };
    this.offset = offset;
  }
}

interface Level {
  /** `null` for lists. */
  readonly keys: Set<string> | null;
  /** The key or index of what comes. */
  at: string;
  /** Whether a key comes next. */
  keyNext: boolean;
}

type NodeEvent = SequenceEvent | MappingEvent | ScalarEvent;

/** Looks at everything that a text holds, in order, and refuses what no job may have. */
class Survey {
  readonly #text: string;
  readonly #limits: YamlLimits;
  readonly #levels: Level[] = [];
  readonly #lines: Record<string, number> = Object.create(null) as Record<string, number>;
  #documents = 0;
  #nodes = 0;
  /** The place that was reached: for events that tell none. */
  #offset = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string, limits: YamlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  /** @returns the line of each field @throws Refused */
  take(events: readonly Event[]): Readonly<Record<string, number>> {
    for (const event of events) {
      if (event.type === EVENT_ID.DOCUMENT) this.#begin(event);
      else if (event.type === EVENT_ID.POP) this.#pop();
      else if (event.type === EVENT_ID.ALIAS)
        throw new Refused(
          'alias_not_allowed',
          event.anchorStart - 1,
          'Anchors (&) and aliases (*) are not allowed',
        );
      else this.#node(event);
    }
    if (this.#nodes === 0) throw new Refused('invalid_yaml', 0, 'The text holds nothing');
    return this.#lines;
  }

  #begin({ directives }: DocumentEvent): void {
    this.#documents += 1;
    if (this.#documents > 1)
      throw new Refused('invalid_yaml', this.#offset, 'There is a second document after this one');
    if (directives.some(({ kind }) => kind === 'tag'))
      throw new Refused('tag_not_allowed', 0, 'There is a directive for tags');
  }

  #pop(): void {
    const level = this.#levels.pop();
    // What closes last is the document.
    if (level) this.#passed();
  }

  #node(event: NodeEvent): void {
    const offset = offsetOf(event);
    if (offset >= 0) this.#offset = offset;
    if (event.anchorStart >= 0)
      throw new Refused(
        'alias_not_allowed',
        event.anchorStart - 1,
        'Anchors (&) and aliases (*) are not allowed',
      );
    if (event.tagStart >= 0) throw new Refused('tag_not_allowed', event.tagStart, 'This has a tag');
    this.#nodes += 1;
    const { depth, nodes } = this.#limits;
    if (this.#nodes > nodes)
      throw new Refused('limit_exceeded', this.#offset, `There are more than ${nodes} values and keys`);
    const level = this.#levels.at(-1);
    if (level?.keyNext) {
      this.#key(level, event);
      return;
    }
    if (level && !level.keys) this.#note();
    if (event.type === EVENT_ID.SCALAR) {
      this.#number(event);
      this.#passed();
      return;
    }
    if (this.#levels.length >= depth)
      throw new Refused('yaml_too_deep', this.#offset, deepProblem(this.#limits));
    const isMap = event.type === EVENT_ID.MAPPING;
    this.#levels.push({ keys: isMap ? new Set() : null, at: isMap ? '' : '0', keyNext: isMap });
  }

  #key(level: Level, event: NodeEvent): void {
    if (event.type !== EVENT_ID.SCALAR)
      throw new Refused('invalid_yaml', this.#offset, 'A key is a list or a map');
    const key = event.valueStart < 0 ? '' : getScalarValue(this.#text, event);
    level.at = key;
    const field = this.#path();
    if (key === '<<')
      throw new Refused('alias_not_allowed', this.#offset, 'A merge key takes in something else', field);
    if (['__proto__', 'constructor', 'prototype'].includes(key))
      throw new Refused('invalid_yaml', this.#offset, 'No field may have this name', field);
    if (level.keys?.has(key))
      throw new Refused('invalid_yaml', this.#offset, 'This key is there twice', field);
    level.keys?.add(key);
    this.#note();
    level.keyNext = false;
  }

  /** JavaScript would make another number of some, and nobody would see it. */
  #number(event: ScalarEvent): void {
    if (event.style !== plain || event.valueStart < 0) return;
    const source = this.#text.slice(event.valueStart, event.valueEnd);
    if (!/^[-+]?[0-9]+$/.test(source)) return;
    const value = Number(source);
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return;
    throw new Refused('out_of_range', this.#offset, 'This number cannot be kept exactly', this.#path());
  }

  /** A value is complete: what comes is the next key or item. */
  #passed(): void {
    const level = this.#levels.at(-1);
    if (!level) return;
    if (level.keys) level.keyNext = true;
    else level.at = `${Number(level.at) + 1}`;
  }

  #path(): string {
    return this.#levels.map(({ at }) => at).join('.');
  }

  #note(): void {
    for (; this.#counted < this.#offset; this.#counted++)
      if (endsLine(this.#text, this.#counted)) this.#line += 1;
    this.#lines[this.#path().slice(0, 256)] = this.#line;
  }
}

const plain = 1;

function offsetOf(event: NodeEvent): number {
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  // Quotes are not part of the value.
  return event.style === plain || event.valueStart < 1 ? event.valueStart : event.valueStart - 1;
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let begin = 0;
  for (let i = 0; i < offset; i++)
    if (endsLine(text, i)) {
      line += 1;
      begin = i + 1;
    }
  return { line, column: Math.max(0, offset - begin) + 1 };
}

function endsLine(text: string, offset: number): boolean {
  return text[offset] === '\n' || (text[offset] === '\r' && text[offset + 1] !== '\n');
}

function isWorkerData(data: unknown): data is YamlWorkerData {
  return typeof data === 'object' && data !== null && 'corralYaml' in data;
}

function listen(port: MessagePort, limits: YamlLimits): void {
  const reply = (message: YamlReply): void => port.postMessage(message);
  let known: Readonly<Record<string, number>> = {};
  port.on('message', (question: YamlQuestion) => {
    if ('fields' in question) {
      const found = question.fields.flatMap((field) => {
        const line = lineOf(known, field);
        return line === undefined ? [] : [[field, line] as const];
      });
      reply({ kind: 'lines', lines: Object.fromEntries(found) });
      return;
    }
    const answer = readYaml(question.text, limits);
    // Lines stay here until somebody asks: there may be as many as there are values.
    known = 'lines' in answer ? answer.lines : {};
    reply({ kind: 'read', answer: 'lines' in answer ? { value: answer.value } : answer });
  });
  reply({ kind: 'ready' });
}

/** The line of a field, or of the nearest one around it; its names may be in snake_case in the text. */
function lineOf(lines: Readonly<Record<string, number>>, field: string): number | undefined {
  for (let path = field; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const line = lines[path] ?? lines[path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    if (line !== undefined) return line;
  }
  return undefined;
}

if (parentPort && isWorkerData(workerData)) listen(parentPort, workerData.corralYaml);
