import type { Job } from './job.js';
import { withoutHalf } from './plain-text.js';

/** As much of a job's texts as is told over and over. */
const most = { description: 1000, criteria: 10, criterion: 200, labels: 20 } as const;

/**
 * A job with long texts cut: as lists, snapshots and events have it. Each of them tells of many jobs, or many times a
 * second of one, and texts that may take 256 KiB never change. The answer about the one job has them whole. What is cut
 * ends with `…`; labels that are too many are left out.
 * @returns the job itself when there is nothing to cut
 */
export function briefJob(job: Job): Job {
  const { projectDescription, successCriteria, labels } = job;
  const isShort =
    projectDescription.length <= most.description &&
    successCriteria.length <= most.criteria &&
    successCriteria.every(({ length }) => length <= most.criterion) &&
    labels.length <= most.labels;
  if (isShort) return job;
  const criteria = successCriteria.slice(0, most.criteria).map((text) => cut(text, most.criterion));
  if (successCriteria.length > criteria.length) criteria.push('…');
  return {
    ...job,
    projectDescription: cut(projectDescription, most.description),
    successCriteria: criteria,
    labels: labels.slice(0, most.labels),
  };
}

/** @param length of the answer, at most */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${withoutHalf(text.slice(0, length - 1))}…`;
}
