/** A task as far as its order goes. */
interface Ordered {
  readonly taskId: string;
  readonly dependsOn: readonly string[];
}

/**
 * Ids of tasks that can never begin, because they depend on themselves or on such a task; empty when all can. Unknown
 * dependencies are passed over. By Kahn's algorithm: no recursion, whatever the depth.
 */
export function cycleIn(tasks: readonly Ordered[]): readonly string[] {
  const unmet = new Map(tasks.map(({ taskId }) => [taskId, 0]));
  const dependents = new Map<string, string[]>();
  for (const { taskId, dependsOn } of tasks) {
    for (const needed of new Set(dependsOn)) {
      if (!unmet.has(needed)) continue;
      unmet.set(taskId, (unmet.get(taskId) ?? 0) + 1);
      const known = dependents.get(needed);
      if (known) known.push(taskId);
      else dependents.set(needed, [taskId]);
    }
  }
  const free = [...unmet].filter(([, count]) => count === 0).map(([taskId]) => taskId);
  for (let taskId = free.pop(); taskId !== undefined; taskId = free.pop()) {
    unmet.delete(taskId);
    for (const dependent of dependents.get(taskId) ?? []) {
      const left = (unmet.get(dependent) ?? 0) - 1;
      unmet.set(dependent, left);
      if (left === 0) free.push(dependent);
    }
  }
  return [...unmet.keys()];
}
