import { CorralError, type Hub } from '@corral/core';
import { Hono } from 'hono';
import type { RouteEnv } from './route-env.js';

/** Seconds that windows reach back at most. */
const longestWindowS = 900;

/** `GET /api/metrics`: the latest reading of each metrics backend, and with `windowS` those before it. */
export function metricsRoutes(hub: Hub): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();

  routes.get('/api/metrics', async (c) => {
    const asked = c.req.queries('windowS');
    const windows = asked && (await hub.metricsWindow(windowSeconds(asked)));
    const body = { snapshots: hub.backends(), ...(windows && { windows }) };
    return c.json(body, 200, { 'cache-control': 'no-store' });
  });

  return routes;
}

/** @throws CorralError `invalid_argument` */
function windowSeconds(asked: readonly string[]): number {
  const [text = ''] = asked;
  const windowS = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (asked.length === 1 && windowS >= 1 && windowS <= longestWindowS) return windowS;
  const message = `Expected \`windowS\` to be a whole number from 1 to ${longestWindowS}`;
  throw new CorralError('invalid_argument', message, { details: { argument: 'windowS' } });
}
