import { limits } from '../limits.js';
import type { TaskSpec } from './job.js';
import { utf8Bytes, wellFormed, withoutHalf } from './plain-text.js';
import type { StoredTask } from './ports.js';
import { cycleIn } from './task-cycle.js';

/** Ids of tasks: they are part of addresses. */
export const taskIdPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/u;

/** A plan that was judged: its tasks, or what is wrong with it. */
export type PlanCheck = { readonly tasks: readonly StoredTask[] } | { readonly problem: string };

/** Judges the plan of an executor and makes tasks of it. */
export function checkPlan(plan: unknown): PlanCheck {
  try {
    return judged(plan);
  } catch {
    // Executors may answer objects that do things when they are read.
    return { problem: 'It cannot be read' };
  }
}

function judged(plan: unknown): PlanCheck {
  if (!Array.isArray(plan) || plan.length === 0) return { problem: 'It has no tasks' };
  const specs: readonly unknown[] = plan;
  const most = limits.jobMost.plannedTasks;
  if (specs.length > most) return { problem: `It has ${specs.length} tasks, and ${most} are allowed` };
  const tasks: StoredTask[] = [];
  for (const [index, spec] of specs.entries()) {
    const task = storedTask(spec, index);
    if (typeof task === 'string') return { problem: `Task ${index + 1} ${task}` };
    tasks.push(task);
  }
  const problem = graphProblem(tasks);
  return problem ? { problem } : { tasks };
}

/** A name for a task that has none: the beginning of what it is asked. */
export function defaultTitle(prompt: string): string {
  return oneLine(prompt, 80);
}

function oneLine(text: string, most: number): string {
  const line = text.trim().split(/[\r\n]/u, 1)[0] ?? '';
  const clean = wellFormed(line).replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, ' ');
  return clean.length <= most ? clean : `${withoutHalf(clean.slice(0, most - 1))}…`;
}

function storedTask(spec: unknown, index: number): StoredTask | string {
  if (typeof spec !== 'object' || spec === null) return 'is no object';
  const { taskId = `task-${index + 1}`, title, prompt, dependsOn = [] } = spec as Partial<TaskSpec>;
  if (typeof taskId !== 'string' || !taskIdPattern.test(taskId)) return 'has an id that no task may have';
  if (typeof prompt !== 'string' || prompt.trim() === '') return 'has no prompt';
  if (prompt.length > limits.jobMost.promptBytes || utf8Bytes(prompt) > limits.jobMost.promptBytes)
    return 'has too long a prompt';
  if (!Array.isArray(dependsOn) || !dependsOn.every((id) => typeof id === 'string'))
    return 'depends on something that is no id';
  const hasTitle = typeof title === 'string' && title.trim() !== '';
  return {
    taskId,
    title: hasTitle ? oneLine(title, limits.jobMost.titleLength) : defaultTitle(prompt),
    prompt: wellFormed(prompt),
    dependsOn: [...new Set(dependsOn)],
    status: 'pending',
    failureCode: null,
    score: null,
    model: null,
    costUsd: null,
    iterations: 0,
    attempt: 0,
    startedAt: null,
    endedAt: null,
    losses: 0,
  };
}

function graphProblem(tasks: readonly StoredTask[]): string | undefined {
  const ids = new Set<string>();
  for (const { taskId } of tasks) {
    if (ids.has(taskId)) return `Two tasks have the id ${taskId}`;
    ids.add(taskId);
  }
  for (const { taskId, dependsOn } of tasks)
    if (dependsOn.some((id) => !ids.has(id))) return `Task ${taskId} depends on a task that there is not`;
  const cycle = cycleIn(tasks);
  return cycle.length > 0 ? `Tasks depend on each other: ${cycle.slice(0, 10).join(', ')}` : undefined;
}
