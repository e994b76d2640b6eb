import { type JobEvent, type JobLogEvent, jobLogLevels } from './job-event.js';

/** What of a log may wait with a result for a full disk: what is given up to make room for both is not large. */
const mostWaiting = { lines: 2000, characters: 256 * 1024 } as const;

/** Bounds of what waits. */
type Most = Readonly<Record<keyof typeof mostWaiting, number>>;

/**
 * Leaves out what waits beyond what may: log lines, the oldest of the quietest level first, and how far tasks were before
 * they were further. All else stays.
 * @returns the rest, and how many lines are left out
 */
export function withoutExcess(
  events: readonly JobEvent[],
  most: Most = mostWaiting,
): { readonly events: readonly JobEvent[]; readonly leftOut: number } {
  const lines = excessLines(events, most);
  const gone = new Set<JobEvent>([...lines, ...(events.length > most.lines ? outdated(events) : [])]);
  if (gone.size === 0) return { events, leftOut: 0 };
  return { events: events.filter((event) => !gone.has(event)), leftOut: lines.length };
}

/** Characters of the log lines among some events. */
export function charactersOf(events: readonly JobEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'log' ? event.msg.length : 0), 0);
}

function excessLines(events: readonly JobEvent[], most: Most): readonly JobLogEvent[] {
  const lines = events.filter((event): event is JobLogEvent => event.type === 'log');
  let count = lines.length;
  let characters = charactersOf(lines);
  const isFine = (): boolean => count <= most.lines && characters <= most.characters;
  if (isFine()) return [];
  const gone: JobLogEvent[] = [];
  for (const line of jobLogLevels.flatMap((level) => lines.filter((each) => each.level === level))) {
    if (isFine()) break;
    gone.push(line);
    count -= 1;
    characters -= line.msg.length;
  }
  return gone;
}

/** Events of tasks after which there is another one of the same task, which tells all of it. */
function outdated(events: readonly JobEvent[]): readonly JobEvent[] {
  const last = new Map(events.flatMap((event) => (event.type === 'task' ? [[event.taskId, event]] : [])));
  return events.filter((event) => event.type === 'task' && last.get(event.taskId) !== event);
}
