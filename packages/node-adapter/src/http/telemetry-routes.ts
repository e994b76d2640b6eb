import type { Hub } from '@corral/core';
import { Hono } from 'hono';
import type { RouteEnv } from './route-env.js';

/** `GET /api/models`: what is known of each model from the calls that were made of it. */
export function telemetryRoutes(hub: Pick<Hub, 'telemetry'>): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();
  routes.get('/api/models', (c) => c.json({ models: hub.telemetry() }, 200, { 'cache-control': 'no-store' }));
  return routes;
}
