import type { ChatMessage } from '../chat-dialect.js';
import { type JudgeFacts, judgePrompt } from './judge.js';
import { type PlanFacts, planPrompt } from './plan.js';
import { type TaskFacts, taskPrompt } from './task.js';

/**
 * How models are asked. Each is a plain function from facts to messages, so whatever stands in a job stays literal text;
 * put your own in place of any of them.
 */
export interface Prompts {
  /** Must ask for JSON: `{"tasks":[{"title","prompt","dependsOn":[numbers from 1]}]}`. */
  plan(facts: PlanFacts): readonly ChatMessage[];
  task(facts: TaskFacts): readonly ChatMessage[];
  /** Must ask for JSON: `{"score":0 to 100,"feedback"}`. */
  judge(facts: JudgeFacts): readonly ChatMessage[];
}

/** The prompts that are used where nobody says otherwise. They are short: a model may hold 2000 tokens alone. */
export const defaultPrompts: Prompts = { plan: planPrompt, task: taskPrompt, judge: judgePrompt };
