import type { ChatMessage } from '../chat-dialect.js';
import { criteriaText } from './plan.js';

/** What a task is made from. Texts are cut to what fits. */
export interface TaskFacts {
  readonly projectDescription: string;
  readonly successCriteria: readonly string[];
  readonly title: string;
  readonly prompt: string;
  /** Results of the tasks that it depends on. */
  readonly inputs: readonly { readonly title: string; readonly output: string }[];
  /** The best try so far, and what its judge said; `null` on the first. */
  readonly earlier: { readonly output: string; readonly feedback: string } | null;
}

/** Asks for the result of a task. */
export function taskPrompt(facts: TaskFacts): readonly ChatMessage[] {
  const { projectDescription, successCriteria, title, prompt, inputs, earlier } = facts;
  const parts = [`Project:\n${projectDescription}${criteriaText(successCriteria)}`];
  for (const input of inputs) parts.push(`Result of "${input.title}":\n${input.output}`);
  parts.push(`Your task: ${title}\n${prompt}`);
  if (earlier) parts.push(`Your earlier try, to be made better:\n${earlier.output}`);
  if (earlier && earlier.feedback !== '') parts.push(`What was said of it:\n${earlier.feedback}`);
  return [
    {
      role: 'system',
      content: 'You do one task of a project. Answer with the result itself, without remarks about it.',
    },
    { role: 'user', content: parts.join('\n\n') },
  ];
}
