import { type JobContext, type JobSpec, limits, TaskFailure, type TaskSpec } from '@corral/core';
import { type JsonRecord, recordsOf } from '../../probes/json-values.js';
import type { CallLimits } from './call-options.js';
import type { AnswerSchema } from './chat-dialect.js';
import { cleanText } from './clean-text.js';
import { fitTexts } from './fit-texts.js';
import { askForJson } from './json-answer.js';
import type { HeldPlace, ModelCaller } from './model-caller.js';
import type { Prompts } from './prompts/prompts.js';

/** What planning needs. */
export interface PlanTools {
  readonly caller: ModelCaller;
  readonly held: HeldPlace;
  readonly prompts: Prompts;
  readonly limits: CallLimits;
}

interface PlanBounds {
  readonly tasks: number;
  readonly titleLength: number;
  readonly promptLength: number;
}

/** Characters of our own in the prompts: what is left of a room is for the texts. */
const frameChars = 700;

/** Divides a job into tasks. @throws TaskFailure `invalid_output`, and what a call throws */
export async function planJob(
  job: Omit<JobSpec, 'tasks'>,
  { caller, held, prompts, limits: { maxTasks, planTokens } }: PlanTools,
  context: JobContext,
): Promise<readonly TaskSpec[]> {
  const { projectDescription, successCriteria } = job;
  const plan = await askForJson(
    caller,
    held,
    {
      what: 'plan',
      ask: (isTight) => {
        const bounds = boundsOf(maxTasks, isTight);
        return {
          messages: (roomChars) => {
            const [description = '', ...criteria] = fitTexts(
              [projectDescription, ...successCriteria],
              roomChars - frameChars,
            );
            return prompts.plan({
              projectDescription: description,
              successCriteria: criteria,
              maxTasks: bounds.tasks,
            });
          },
          maxOutputTokens: planTokens,
          schema: planSchema(bounds),
        };
      },
      read: (answer) => readPlan(answer, maxTasks),
    },
    context,
  );
  if (!plan) throw new TaskFailure('invalid_output', `${held.place.model} made no plan that can be used`);
  return plan;
}

/** The lengths let the worst plan of a model that writes a token a character end within its context. */
function boundsOf(maxTasks: number, isTight: boolean): PlanBounds {
  return isTight
    ? { tasks: Math.min(3, maxTasks), titleLength: 30, promptLength: 120 }
    : { tasks: maxTasks, titleLength: 80, promptLength: 600 };
}

/** Bounded in every direction, so that a model held to it must come to an end. */
function planSchema({ tasks, titleLength, promptLength }: PlanBounds): AnswerSchema {
  const text = (maxLength: number): object => ({ type: 'string', minLength: 1, maxLength });
  const properties = {
    title: text(titleLength),
    prompt: text(promptLength),
    dependsOn: { type: 'array', maxItems: 3, items: { type: 'integer', minimum: 1, maximum: tasks } },
  };
  const item = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  const schema = {
    type: 'object',
    properties: { tasks: { type: 'array', minItems: 1, maxItems: tasks, items: item } },
    required: ['tasks'],
    additionalProperties: false,
  };
  return { name: 'plan', schema };
}

/**
 * The tasks of an answer, mended where that is possible: those without anything to do and those beyond the most are left
 * out, and so is depending on a task that does not come earlier. `undefined` when nothing is left.
 */
export function readPlan(answer: JsonRecord, maxTasks: number): readonly TaskSpec[] | undefined {
  const rows = recordsOf(answer['tasks']) ?? [];
  const tasks: TaskSpec[] = [];
  /** Ids by place in the answer, from 1, and by what the model may call them. */
  const ids = new Map<string, string>();
  for (const [place, row] of rows.entries()) {
    if (tasks.length === maxTasks) break;
    const title = cleanText(row['title'], limits.jobMost.titleLength).replace(/\s+/g, ' ');
    const prompt = cleanText(row['prompt'], limits.jobMost.promptBytes / 4) || title;
    if (prompt === '') continue;
    const dependsOn = dependenciesOf(row['dependsOn'], ids);
    const taskId = `task-${tasks.length + 1}`;
    tasks.push({ taskId, prompt, dependsOn, ...(title !== '' && { title }) });
    for (const name of [`${place + 1}`, `task-${place + 1}`, row['id'], row['taskId'], title])
      if (typeof name === 'string' && name !== '' && !ids.has(name)) ids.set(name, taskId);
  }
  return tasks.length === 0 ? undefined : tasks;
}

function dependenciesOf(given: unknown, ids: ReadonlyMap<string, string>): string[] {
  const known = Array.isArray(given) ? given.flatMap((name: unknown) => ids.get(String(name)) ?? []) : [];
  return [...new Set(known)];
}
