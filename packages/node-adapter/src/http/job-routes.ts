import { hasEnded, type JobRaise, type JobSource, type JobsFace } from '@corral/core';
import { type Context, Hono } from 'hono';
import { z } from 'zod/mini';
import { jobsRoute } from './body-rules.js';
import { checkedBody } from './checked-body.js';
import { errorResponse } from './http-errors.js';
import { isDryRun, listQuery, streamPlace, tasksFrom } from './job-query.js';
import type { JobStreams } from './job-streams.js';
import { isEmptyBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';
import { streamHeaders, streamTo } from './stream-answer.js';

const noStore = { 'cache-control': 'no-store' } as const;
/** More than any job has. */
const noTasks = 1_000_000;

/** Schema of the body of `POST /api/jobs/:id/resume`. Which numbers are allowed is for the runner to say, by field. */
const raiseSchema = z.partial(
  z.strictObject({ budgetUsd: z.number(), budgetTokens: z.nullable(z.number()), timeLimitS: z.number() }),
);

/** Routes of jobs. */
export function jobRoutes(jobs: JobsFace, streams: JobStreams): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();

  routes.get(jobsRoute, async (c) => c.json(await jobs.list(listQuery(c.req.queries())), 200, noStore));

  routes.post(jobsRoute, async (c) => {
    const dryRun = isDryRun(c.req.queries());
    const source = sourceOf(c);
    if ('refusal' in source) return source.refusal;
    if (dryRun) return c.json({ spec: await jobs.validate(source.value) });
    const job = await jobs.submit(source.value);
    return c.json({ jobId: job.jobId, job }, 201, {
      location: `${jobsRoute}/${encodeURIComponent(job.jobId)}`,
    });
  });

  routes.get(`${jobsRoute}/:id`, async (c) =>
    c.json(await jobs.get(c.req.param('id'), tasksFrom(c.req.queries())), 200, noStore),
  );

  routes.delete(`${jobsRoute}/:id`, async (c) => {
    if (!isEmptyBody(c.get('body'))) return errorResponse('unknown_field');
    await jobs.delete(c.req.param('id'));
    return c.body(null, 204);
  });

  routes.get(`${jobsRoute}/:id/tasks/:taskId`, async (c) =>
    c.json(await jobs.task(c.req.param('id'), c.req.param('taskId')), 200, noStore),
  );

  routes.post(`${jobsRoute}/:id/cancel`, async (c) => {
    if (!isEmptyBody(c.get('body'))) return errorResponse('unknown_field');
    return c.json({ job: await jobs.cancel(c.req.param('id')) }, 202);
  });

  routes.post(`${jobsRoute}/:id/resume`, async (c) => {
    const raise = checkedBody(raiseSchema, c.get('body'), 'invalid_job');
    if ('refusal' in raise) return raise.refusal;
    return c.json({ job: await jobs.resume(c.req.param('id'), raise.value as JobRaise) }, 202);
  });

  routes.get(`${jobsRoute}/:id/stream`, (c) => openStream(c, c.req.param('id'), jobs, streams));

  return routes;
}

/** What is submitted. What is wrong with it is for the runner to say, by field. */
function sourceOf(c: Context<RouteEnv>): { readonly value: JobSource } | { readonly refusal: Response } {
  const yaml = c.get('yaml');
  if (yaml !== undefined) return { value: { yaml } };
  const body = c.get('body');
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject && !('yaml' in body)) return { value: body as JobSource };
  const fields = isObject ? { yaml: 'Send it as application/yaml' } : { body: 'Expected an object' };
  return { refusal: errorResponse('invalid_job', {}, { fields }) };
}

async function openStream(
  c: Context<RouteEnv>,
  jobId: string,
  jobs: JobsFace,
  streams: JobStreams,
): Promise<Response> {
  const after = streamPlace(c.req.queries(), c.req.header('last-event-id'));
  const stream = streams.begin(jobId, after, c.get('caller'));
  try {
    const { job } = await jobs.get(jobId, noTasks);
    // Hono answers HEAD with the GET route; a stream would hold the connection for a body that never comes.
    if (c.req.method === 'HEAD') return closed(new Response(null, { headers: streamHeaders }));
    // The reader has all that there will be: any other answer would bring a browser back again and again.
    if (hasEnded(job.status) && after !== null && !(await stream.hasEvents()))
      return closed(new Response(null, { status: 204 }));
    if (stream.isOver) return closed(errorResponse('disposed'));
    return streamTo(c, (sink) => streams.serve(stream, sink));
  } catch (error) {
    streams.forget(stream);
    throw error;
  }

  function closed(answer: Response): Response {
    streams.forget(stream);
    return answer;
  }
}
