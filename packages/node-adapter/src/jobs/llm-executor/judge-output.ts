import type { JobContext, TaskRequest } from '@corral/core';
import { type JsonRecord, textOf } from '../../probes/json-values.js';
import type { AnswerSchema } from './chat-dialect.js';
import { cleanText } from './clean-text.js';
import { fitTexts } from './fit-texts.js';
import { askForJson } from './json-answer.js';
import type { PlanTools } from './plan-job.js';

/** How good a result is, and what would make it better. */
export interface Judgement {
  /** 0 to 1. */
  readonly score: number;
  readonly feedback: string;
}

const frameChars = 800;

/** Has a result judged; `undefined` when no judgement can be read. @throws what a call throws */
export function judgeOutput(
  { title, prompt, job }: TaskRequest,
  output: string,
  { caller, held, prompts, limits: { judgeTokens } }: PlanTools,
  context: JobContext,
): Promise<Judgement | undefined> {
  return askForJson(
    caller,
    held,
    {
      what: 'judgement',
      ask: (isTight) => ({
        messages: (roomChars) => {
          const [description = '', ask = '', result = '', ...criteria] = fitTexts(
            [job.projectDescription, prompt, output, ...job.successCriteria],
            roomChars - frameChars,
          );
          const facts = { projectDescription: description, successCriteria: criteria, title };
          return prompts.judge({ ...facts, prompt: ask, output: result });
        },
        maxOutputTokens: judgeTokens,
        schema: judgeSchema(isTight ? 120 : 400),
      }),
      read: readJudgement,
    },
    context,
  );
}

/** Whole numbers, because servers hold those to their bounds, and not fractions. */
function judgeSchema(feedbackLength: number): AnswerSchema {
  const properties = {
    score: { type: 'integer', minimum: 0, maximum: 100 },
    feedback: { type: 'string', maxLength: feedbackLength },
  };
  const schema = { type: 'object', properties, required: ['score', 'feedback'], additionalProperties: false };
  return { name: 'judgement', schema };
}

/** A score of 0 to 100; a fraction below 1 is what a model means that was not held to whole numbers. */
export function readJudgement(answer: JsonRecord): Judgement | undefined {
  const given = answer['score'];
  const number = typeof given === 'number' ? given : Number.parseFloat(textOf(given) ?? '');
  if (!(number >= 0 && number <= 100)) return undefined;
  const score = number < 1 ? number : number / 100;
  return { score, feedback: cleanText(answer['feedback'], 2000) };
}
