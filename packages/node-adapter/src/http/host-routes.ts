import { type AgentReport, type Clock, type Hub, systemClock } from '@corral/core';
import { agentReportSchema } from '@corral/core/wire';
import { Hono } from 'hono';
import { checkedBody } from './checked-body.js';
import { errorBody, errorResponse, statusOf } from './http-errors.js';
import { judgeReport } from './judge-report.js';
import { RateWindow } from './rate-window.js';
import type { RouteEnv } from './route-env.js';

/** Two reports a second, for each host: counted over two seconds with one to spare, since agents are never exactly on time. */
const reportRate = { most: 5, windowMs: 2000, mostKeys: 1024 } as const;
const hostIdGrammar = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Whether a text can be the id of a host: it is part of addresses, file names and metric labels. */
export function isHostId(text: string): boolean {
  return hostIdGrammar.test(text);
}

/**
 * Route of agents: what a host reports of itself. Who may report which host is decided before it gets here.
 * @param clock for the rate of reports; default: the real one
 */
export function hostRoutes(hub: Hub, clock: Clock = systemClock): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();
  const rate = new RateWindow({ ...reportRate, clock });

  routes.post('/api/hosts/:id/report', (c) => {
    const hostId = c.req.param('id');
    if (!isHostId(hostId)) return refused({ id: 'Expected lower-case letters, digits, dots and dashes' });
    // Before the body is judged, so that a flood of broken reports is refused as cheaply.
    const waitS = rate.take(hostId);
    if (waitS > 0) return errorResponse('rate_limited', { 'retry-after': `${waitS}` });
    const body = checkedBody(agentReportSchema, c.get('body'));
    if ('refusal' in body) return body.refusal;
    const report: AgentReport = body.value;
    const fields = judgeReport(report);
    if (Object.keys(fields).length > 0) return refused(fields);
    hub.llmRegistry.report(hostId, report);
    return c.body(null, 204);
  });

  return routes;
}

function refused(fields: Readonly<Record<string, string>>): Response {
  const { error } = errorBody('invalid_argument');
  return Response.json(
    { error: { ...error, details: { fields } } },
    { status: statusOf('invalid_argument') },
  );
}
