import { type Clock, type Hub, systemClock } from '@corral/core';
import { registerRequestSchema } from '@corral/core/wire';
import { Hono } from 'hono';
import { checkedBody } from './checked-body.js';
import { errorResponse } from './http-errors.js';
import { httpLimits } from './http-limits.js';
import { RateWindow } from './rate-window.js';
import { isEmptyBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';

/**
 * Routes of the fleet: endpoints and hosts.
 * @param clock for the rate of registrations; default: the real one
 */
export function registryRoutes(hub: Hub, clock: Clock = systemClock): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();
  const registrations = new RateWindow({ ...httpLimits.registrations, clock });

  routes.get('/api/registry', (c) => c.json(hub.registry()));

  routes.post('/api/registry/endpoints', async (c) => {
    const body = checkedBody(registerRequestSchema, c.get('body'));
    if ('refusal' in body) return body.refusal;
    const waitS = registrations.take('all');
    if (waitS > 0) return errorResponse('rate_limited', { 'retry-after': `${waitS}` });
    // What is not text or a number is refused by name when the address is judged.
    const request = body.value as Parameters<Hub['registerEndpoint']>[0];
    try {
      return c.json({ endpoint: await hub.registerEndpoint(request) }, 201);
    } catch (error) {
      // What was refused is none: whoever mistypes an address may go on typing.
      registrations.giveBack('all');
      throw error;
    }
  });

  routes.delete('/api/registry/endpoints/:id', async (c) => {
    await hub.removeEndpoint(c.req.param('id'));
    return c.body(null, 204);
  });

  routes.post('/api/registry/endpoints/:id/check', async (c) => {
    if (!isEmptyBody(c.get('body'))) return errorResponse('unknown_field');
    return c.json({ endpoint: await hub.checkEndpoint(c.req.param('id')) });
  });

  return routes;
}
