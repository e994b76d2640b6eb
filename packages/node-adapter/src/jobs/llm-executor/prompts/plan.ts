import type { ChatMessage } from '../chat-dialect.js';

/** What a plan is made from. Texts are cut to what fits. */
export interface PlanFacts {
  readonly projectDescription: string;
  readonly successCriteria: readonly string[];
  readonly maxTasks: number;
}

/** Asks for a plan. */
export function planPrompt({
  projectDescription,
  successCriteria,
  maxTasks,
}: PlanFacts): readonly ChatMessage[] {
  return [
    {
      role: 'system',
      content: [
        `You plan a project as 1 to ${maxTasks} tasks, as few as make sense, in the order of work.`,
        'A language model does each task: it sees the project, the prompt of the task, and the results of the tasks',
        'that it depends on, named by their numbers from 1.',
        'Answer with JSON alone: {"tasks":[{"title":"short name","prompt":"what to do","dependsOn":[1]}]}',
      ].join('\n'),
    },
    { role: 'user', content: `Project:\n${projectDescription}${criteriaText(successCriteria)}` },
  ];
}

/** The criteria as a list; nothing where there are none. */
export function criteriaText(successCriteria: readonly string[]): string {
  if (successCriteria.length === 0) return '';
  return `\n\nIt succeeds when:\n${successCriteria.map((criterion) => `- ${criterion}`).join('\n')}`;
}
