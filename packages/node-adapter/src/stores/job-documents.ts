/** Schemas of what is kept of jobs. Keys that they do not know are dropped when a row is read, as everywhere in the store. */
import { jobEventSchema, jobSchema, jobSpecSchema, jobTaskSchema } from '@corral/core/wire';
import * as z from 'zod/mini';

const count = z.int().check(z.minimum(0));

/** Schema of a StoredJob. */
export const jobDocument = z.object({
  job: z.object(jobSchema.shape),
  givenTasks: jobSpecSchema.shape.tasks,
  planned: z.boolean(),
  reservations: z.array(
    z.object({
      id: z.string(),
      taskId: z.nullable(z.string()),
      usd: z.nullable(z.number().check(z.minimum(0))),
      tokens: count,
    }),
  ),
});

/** Schema of the texts of a job, where some of them are cut in its own document. */
export const textsDocument = z.object({
  projectDescription: jobSchema.shape.projectDescription,
  successCriteria: jobSchema.shape.successCriteria,
  labels: jobSchema.shape.labels,
});

/** Schema of a StoredTask. */
export const taskDocument = z.object({ ...jobTaskSchema.shape, prompt: z.string(), losses: count });

/** Schema of the result of a task. */
export const resultDocument = z.string();

/** Schema of a JobEvent. */
export const eventDocument = jobEventSchema;
