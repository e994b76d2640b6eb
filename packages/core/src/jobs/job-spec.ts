import { CorralError } from '../errors.js';
import { limits } from '../limits.js';
import type { Job, JobRaise, JobSpec } from './job.js';
import {
  fieldName,
  type NumberRange,
  type RequestFields,
  readFields,
  readLine,
  readList,
  readNumber,
  readText,
} from './request-fields.js';
import { RequestProblems } from './request-problems.js';
import { checkTasks } from './request-tasks.js';

const { jobMost } = limits;

const fieldNames = [
  'projectDescription',
  'successCriteria',
  'budgetUsd',
  'budgetTokens',
  'timeLimitS',
  'concurrency',
  'maxIterations',
  'targetScore',
  'model',
  'labels',
  'tasks',
] as const satisfies readonly (keyof JobSpec)[];

const ranges = {
  budgetUsd: { above: 0, most: jobMost.budgetUsd },
  budgetTokens: { least: 1, most: jobMost.budgetTokens, whole: true },
  timeLimitS: { above: 0, most: jobMost.timeLimitS },
  concurrency: { least: 1, most: jobMost.concurrency, whole: true },
  maxIterations: { least: 1, most: jobMost.maxIterations, whole: true },
  targetScore: { least: 0, most: 1 },
} as const satisfies Record<string, NumberRange>;

/**
 * Judges what somebody asks for, as it came out of JSON or YAML: with keys in camelCase or snake_case. What is missing
 * gets its default. No text is ever expanded: `{{…}}` and `${…}` stay what they are.
 * @throws CorralError with every problem by its field in `details.fields`, such as `tasks.3.prompt`; its code is the
 * gravest of `invalid_job` (also for unknown fields, unknown dependencies and cycles), `out_of_range`, `limit_exceeded`,
 * `duplicate_task_id`, `invalid_id`
 */
export function checkJobRequest(value: unknown): JobSpec {
  const problems = new RequestProblems();
  const fields = readFields(value, fieldNames, '', problems) ?? new Map<string, unknown>();
  const number = (name: keyof typeof limits.job): number =>
    fields.has(name) ? (readNumber(name, fields.get(name), ranges[name], problems) ?? 0) : limits.job[name];
  const projectDescription =
    readText('projectDescription', fields.get('projectDescription'), jobMost.promptBytes, problems) ?? '';
  const model = fields.get('model') ?? null;
  const spec: JobSpec = {
    projectDescription: projectDescription.trim(),
    successCriteria: readCriteria(fields.get('successCriteria') ?? [], problems),
    budgetUsd: number('budgetUsd'),
    budgetTokens: readTokens(fields, problems),
    timeLimitS: number('timeLimitS'),
    concurrency: number('concurrency'),
    maxIterations: number('maxIterations'),
    targetScore: number('targetScore'),
    model: model === null ? null : (readLine('model', model, 256, problems) ?? null),
    labels: readLabels(fields.get('labels') ?? [], problems),
    tasks: checkTasks(fields.get('tasks') ?? null, problems),
  };
  problems.throwIfAny();
  return spec;
}

/**
 * Judges limits that a job is to go on with.
 * @throws CorralError `invalid_job`; `out_of_range` also for one that is smaller than it was
 */
export function checkJobRaise(value: unknown, job: Job): JobRaise {
  const problems = new RequestProblems();
  const names = ['budgetUsd', 'budgetTokens', 'timeLimitS'] as const;
  const fields = readFields(value, names, '', problems) ?? new Map<string, unknown>();
  const raise: { -readonly [Name in keyof JobRaise]: JobRaise[Name] } = {};
  for (const name of names) {
    if (!fields.has(name)) continue;
    if (name === 'budgetTokens' && fields.get(name) === null) {
      raise.budgetTokens = null;
      continue;
    }
    const limit = readNumber(name, fields.get(name), ranges[name], problems);
    if (limit === undefined) continue;
    if (limit < (job[name] ?? Infinity)) problems.add(name, 'out_of_range', 'Expected no less than it was');
    else raise[name] = limit;
  }
  problems.throwIfAny();
  return raise;
}

/** Judges which jobs are asked for. @throws CorralError `invalid_argument` */
export function requireCount(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new CorralError(
    'invalid_argument',
    `Expected \`${name}\` to be a whole number from ${least} to ${most}`,
    {
      details: { argument: name },
    },
  );
}

function readTokens(fields: RequestFields, problems: RequestProblems): number | null {
  const tokens = fields.get('budgetTokens') ?? null;
  if (tokens === null) return null;
  return readNumber('budgetTokens', tokens, ranges.budgetTokens, problems) ?? null;
}

function readCriteria(value: unknown, problems: RequestProblems): readonly string[] {
  const field = 'successCriteria';
  const isText = typeof value === 'string';
  const entries = isText ? linesOf(value) : readList(field, value, jobMost.criteria, problems);
  if (!entries) return [];
  if (isText && entries.length > jobMost.criteria)
    problems.add(field, 'limit_exceeded', `Expected at most ${jobMost.criteria} criteria`);
  return entries.slice(0, jobMost.criteria).flatMap((entry, index) => {
    const name = isText ? field : fieldName(field, index);
    if (typeof entry === 'string' && entry.length > jobMost.criterionLength) {
      problems.add(name, 'limit_exceeded', `Expected at most ${jobMost.criterionLength} characters`);
      return [];
    }
    return readText(name, entry, jobMost.criterionLength * 4, problems)?.trim() ?? [];
  });
}

/** A criterion a line, without what marks the points of a list. */
function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n|[\n\r]/u)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d{1,3}[.)])\s+/u, '').trim())
    .filter((line) => line !== '' && !/^[-*•]$/u.test(line));
}

function readLabels(value: unknown, problems: RequestProblems): readonly string[] {
  const entries = readList('labels', value, jobMost.labels, problems) ?? [];
  const labels = entries.flatMap(
    (entry, index) => readLine(fieldName('labels', index), entry, jobMost.labelLength, problems) ?? [],
  );
  return [...new Set(labels)];
}
