import { limits, type TaskContext, TaskFailure, type TaskRequest, type TaskResult } from '@corral/core';
import { wellFormed } from './clean-text.js';
import { fitTexts } from './fit-texts.js';
import { type Judgement, judgeOutput } from './judge-output.js';
import { LineLog } from './line-log.js';
import type { PlanTools } from './plan-job.js';
import type { TaskFacts } from './prompts/task.js';

/** A try, with what its judge said; without a judgement nobody could judge it. */
interface Try {
  readonly output: string;
  readonly model: string;
  readonly judgement: Judgement | undefined;
}

const frameChars = 400;

/**
 * Carries out a task: asks, has the answer judged, and tries again with what the judge said until the score is reached or
 * all tries are used. The best try is the result.
 * @throws TaskFailure `invalid_output` when every answer was empty, and what a call throws. What would not pass by itself
 *   does not throw away a try that there is.
 */
export async function runTask(
  task: TaskRequest,
  tools: PlanTools,
  context: TaskContext,
): Promise<TaskResult> {
  const { maxIterations, targetScore } = task.job;
  let best: Try | undefined;
  let iterations = 0;
  while (iterations < maxIterations && !isGoodEnough(best, targetScore)) {
    iterations++;
    context.report({ iterations, model: tools.held.place.model });
    let current: Try | undefined;
    try {
      current = await write(task, best, tools, context);
      if (current) current = { ...current, judgement: await judge(task, current.output, tools, context) };
    } catch (error) {
      const kept = better(best, current);
      if (!kept || !(error instanceof TaskFailure) || error.retryable) throw error;
      context.log.warn(`${error.message}. What there is so far is kept as the result`);
      return resultOf(kept, iterations);
    }
    best = better(best, current);
    context.report({ iterations, model: tools.held.place.model, score: scoreOf(best) });
  }
  if (!best) throw new TaskFailure('invalid_output', 'Every answer of the model was empty');
  return resultOf(best, iterations);
}

/** Has the task written once; `undefined` when nothing came. */
async function write(
  task: TaskRequest,
  earlier: Try | undefined,
  { caller, held, prompts, limits: { maxOutputTokens } }: PlanTools,
  context: TaskContext,
): Promise<Try | undefined> {
  const lines = new LineLog((line) => context.log.debug(line));
  const outcome = await caller
    .ask(
      held,
      {
        messages: (roomChars) => prompts.task(factsOf(task, earlier, roomChars - frameChars)),
        maxOutputTokens,
        schema: null,
        onText: (text) => lines.write(text),
      },
      context,
    )
    .finally(() => lines.end());
  const { model } = held.place;
  if (outcome.finishReason === 'length')
    context.log.warn(`${model} stopped at its limit of tokens: the answer may not be whole`);
  const output = cutBytes(outcome.text, limits.jobMost.outputBytes);
  if (output.trim() !== '') return { output, model, judgement: undefined };
  context.log.warn(`${model} answered with nothing`);
  return undefined;
}

async function judge(
  task: TaskRequest,
  output: string,
  tools: PlanTools,
  context: TaskContext,
): Promise<Judgement | undefined> {
  const judgement = await judgeOutput(task, output, tools, context);
  if (judgement) context.log.info(`Score ${judgement.score}: ${judgement.feedback}`);
  return judgement;
}

function factsOf(task: TaskRequest, earlier: Try | undefined, roomChars: number): TaskFacts {
  const { title, job, inputs } = task;
  const texts = [
    job.projectDescription,
    task.prompt,
    earlier?.output ?? '',
    earlier?.judgement?.feedback ?? '',
  ];
  const outputs = inputs.map(({ output }) => output);
  const fitted = fitTexts([...texts, ...outputs, ...job.successCriteria], roomChars);
  const [projectDescription = '', prompt = '', output = '', feedback = ''] = fitted;
  const results = fitted.slice(texts.length, texts.length + inputs.length);
  return {
    ...{ projectDescription, title, prompt },
    successCriteria: fitted.slice(texts.length + inputs.length),
    inputs: inputs.map((input, place) => ({ title: input.title, output: results[place] ?? '' })),
    earlier: earlier ? { output, feedback } : null,
  };
}

/** The later of two that are as good: it knew what was wrong with the other. */
function better(one: Try | undefined, other: Try | undefined): Try | undefined {
  if (!one || !other) return other ?? one;
  return (other.judgement?.score ?? -1) >= (one.judgement?.score ?? -1) ? other : one;
}

function isGoodEnough(best: Try | undefined, targetScore: number): boolean {
  return (best?.judgement?.score ?? -1) >= targetScore;
}

function scoreOf(best: Try | undefined): number | null {
  return best?.judgement?.score ?? null;
}

function resultOf(best: Try, iterations: number): TaskResult {
  return { output: best.output, score: scoreOf(best), model: best.model, iterations };
}

/** Results have a limit in bytes, and none is cut in the middle of a character. */
function cutBytes(text: string, most: number): string {
  const whole = wellFormed(text);
  const bytes = Buffer.from(whole);
  if (bytes.length <= most) return whole;
  return new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
}
