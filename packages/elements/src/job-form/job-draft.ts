import { type FieldProblems, type JobRequest, limits } from '@corral/core';

/** The fields of the form, in the order in which they are walked through; a refusal names them the same way. */
export const draftFields = [
  'projectDescription',
  'successCriteria',
  'budgetUsd',
  'timeLimitS',
  'concurrency',
  'model',
  'maxIterations',
  'targetScore',
  'budgetTokens',
] as const;

/** One of {@link draftFields}. */
export type DraftField = (typeof draftFields)[number];

/** Those that are behind MORE. */
export const rareFields: readonly DraftField[] = ['maxIterations', 'targetScore', 'budgetTokens'];

/** The form as it is filled in. */
export type JobDraft = Readonly<Record<DraftField, string>>;

/** The form as it begins. */
export const emptyDraft: JobDraft = {
  projectDescription: '',
  successCriteria: '',
  budgetUsd: String(limits.job.budgetUsd),
  timeLimitS: String(limits.job.timeLimitS),
  concurrency: String(limits.job.concurrency),
  model: '',
  maxIterations: String(limits.job.maxIterations),
  targetScore: String(limits.job.targetScore),
  budgetTokens: '',
};

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

type NumberField = Exclude<DraftField, 'projectDescription' | 'successCriteria' | 'model'>;

/** What can be asked for; a least of 0 is itself too little. */
const ranges: Readonly<Record<NumberField, Range>> = {
  budgetUsd: { least: 0, most: limits.jobMost.budgetUsd, isWhole: false },
  timeLimitS: { least: 0, most: limits.jobMost.timeLimitS, isWhole: false },
  concurrency: { least: 1, most: limits.jobMost.concurrency, isWhole: true },
  maxIterations: { least: 1, most: limits.jobMost.maxIterations, isWhole: true },
  targetScore: { least: 0, most: 1, isWhole: false },
  budgetTokens: { least: 1, most: limits.jobMost.budgetTokens, isWhole: true },
};

const whole = new Intl.NumberFormat();

/** What a draft comes to. */
export interface DraftOutcome {
  readonly request: JobRequest;
  /** What is wrong with it, by field. The description is not among them while it is empty: nothing can be started then. */
  readonly problems: FieldProblems;
}

/** What a draft asks for. Fields that are empty are left out: the hub has defaults of its own for them. */
export function outcomeOf(draft: JobDraft): DraftOutcome {
  const problems: Record<string, string> = {};
  const numbers: Partial<Record<NumberField, number>> = {};
  for (const field of Object.keys(ranges) as NumberField[]) {
    const text = draft[field].trim();
    if (text === '') continue;
    const problem = numberProblem(field, text);
    if (problem === undefined) numbers[field] = Number(text);
    else problems[field] = problem;
  }
  const [criteria, model] = [draft.successCriteria.trim(), draft.model.trim()];
  const request = {
    projectDescription: draft.projectDescription.trim(),
    ...(criteria !== '' && { successCriteria: criteria }),
    ...(model !== '' && { model }),
    ...numbers,
  };
  return { request, problems };
}

/** What is wrong with a number as it was typed; `undefined` when nothing is. */
function numberProblem(field: NumberField, text: string): string | undefined {
  const { least, most, isWhole } = ranges[field];
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const isRight = isWhole ? Number.isInteger(value) : !Number.isNaN(value);
  const isEnough = least === 0 && field !== 'targetScore' ? value > 0 : value >= least;
  if (isRight && isEnough && value <= most) return undefined;
  const kind = isWhole ? 'a whole number' : 'a number';
  const range =
    least === 0 && field !== 'targetScore'
      ? `above 0, at most ${whole.format(most)}`
      : `from ${least} to ${whole.format(most)}`;
  return `Expected ${kind} ${range}`;
}

/** The field that a name in a refusal means, such as `successCriteria` for `successCriteria.3`. */
export function fieldOf(name: string): DraftField | undefined {
  const first = name.split('.')[0];
  return draftFields.find((field) => field === first);
}
