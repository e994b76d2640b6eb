import type { Hub } from '@corral/core';
import { Hono } from 'hono';
import type { SharedJson } from './status-body.js';

/** Routes of models: the status of all, and what can be done with one. */
export function modelRoutes(hub: Hub, status: SharedJson): Hono {
  const routes = new Hono();

  routes.get('/api/models/status', (c) => sharedResponse(status, c.req.header('if-none-match')));

  const commands = {
    start: (id: string) => hub.startModel(id),
    stop: (id: string) => hub.stopModel(id),
    restart: (id: string) => hub.restartModel(id),
  };
  for (const [name, command] of Object.entries(commands)) {
    routes.post(`/api/models/servers/${name}/:id`, async (c) => {
      const id = c.req.param('id');
      await command(id);
      return c.json({ model: hub.model(id) }, 202);
    });
  }

  routes.get('/api/models/:id/access', async (c) => {
    const access = await hub.modelAccess(c.req.param('id'));
    return c.json(access, 200, { 'cache-control': 'no-store' });
  });

  return routes;
}

/** Answers a shared body, or 304 when the caller has it. */
export function sharedResponse(shared: SharedJson, ifNoneMatch: string | undefined): Response {
  const { etag, bytes } = shared.current();
  const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'application/json' };
  if (ifNoneMatch === etag) return new Response(null, { status: 304, headers });
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}
