import { limits } from '../limits.js';
import type { JobSpec, TaskSpec } from './job.js';
import { defaultTitle, taskIdPattern } from './job-plan.js';
import { fieldName, readFields, readLine, readList, readText } from './request-fields.js';
import type { RequestProblems } from './request-problems.js';
import { cycleIn } from './task-cycle.js';

const { jobMost } = limits;

const taskFields = ['taskId', 'title', 'prompt', 'dependsOn'] as const satisfies readonly (keyof TaskSpec)[];

/** Judges the tasks that a job comes with. @returns `null` where it comes with none */
export function checkTasks(value: unknown, problems: RequestProblems): JobSpec['tasks'] {
  if (value === null) return null;
  const entries = readList('tasks', value, jobMost.givenTasks, problems) ?? [];
  if (Array.isArray(value) && value.length === 0)
    problems.add('tasks', 'invalid_job', 'Expected at least one task, or no such field');
  const tasks = entries.flatMap((entry, index) => readTask(entry, index, problems) ?? []);
  const ids = new Map<string, number>();
  for (const [index, { taskId }] of tasks.entries()) {
    if (ids.has(taskId))
      problems.add(`tasks.${index}.taskId`, 'duplicate_task_id', 'Expected an id that no other task has');
    else ids.set(taskId, index);
  }
  // What follows is about the whole of them, and would blame the wrong ones.
  if (tasks.length === entries.length) checkOrder(tasks, ids, problems);
  return tasks;
}

function readTask(value: unknown, index: number, problems: RequestProblems): Required<TaskSpec> | undefined {
  const prefix = `tasks.${index}`;
  const fields = readFields(value, taskFields, prefix, problems);
  if (!fields) return undefined;
  const prompt = readText(`${prefix}.prompt`, fields.get('prompt'), jobMost.promptBytes, problems);
  const title = fields.get('title') ?? null;
  const name = title === null ? undefined : readLine(`${prefix}.title`, title, jobMost.titleLength, problems);
  const taskId = readId(`${prefix}.taskId`, fields.get('taskId') ?? `task-${index + 1}`, problems);
  const needed = readList(`${prefix}.dependsOn`, fields.get('dependsOn') ?? [], jobMost.givenTasks, problems);
  const dependsOn = (needed ?? []).flatMap(
    (id, place) => readId(fieldName(`${prefix}.dependsOn`, place), id, problems) ?? [],
  );
  if (prompt === undefined || taskId === undefined) return undefined;
  return { taskId, title: name ?? defaultTitle(prompt), prompt, dependsOn: [...new Set(dependsOn)] };
}

function readId(field: string, value: unknown, problems: RequestProblems): string | undefined {
  if (typeof value !== 'string') problems.add(field, 'invalid_job', 'Expected an id');
  else if (!taskIdPattern.test(value))
    problems.add(field, 'invalid_id', 'Expected letters, digits, “.”, “_” and “-”, at most 64');
  else return value;
  return undefined;
}

function checkOrder(
  tasks: readonly Required<TaskSpec>[],
  ids: ReadonlyMap<string, number>,
  problems: RequestProblems,
): void {
  for (const [index, { dependsOn }] of tasks.entries())
    if (dependsOn.some((id) => !ids.has(id)))
      problems.add(`tasks.${index}.dependsOn`, 'invalid_job', 'Expected ids of tasks of this job');
  for (const taskId of cycleIn(tasks))
    problems.add(
      `tasks.${ids.get(taskId) ?? 0}.dependsOn`,
      'invalid_job',
      'Expected tasks that do not depend on each other in a circle',
    );
}
