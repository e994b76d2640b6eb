import type { Hub } from '@corral/core';
import { attachRequestSchema, defaultsPatchSchema, modelPatchSchema } from '@corral/core/wire';
import { Hono } from 'hono';
import { checkedBody } from './checked-body.js';
import { errorResponse } from './http-errors.js';
import { isEmptyBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';
import { sharedAnswer } from './shared-answer.js';
import type { SharedJson } from './status-body.js';

/** Routes of models: the status of all, and what can be done with one or with all. */
export function modelRoutes(hub: Hub, status: SharedJson): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();

  routes.get('/api/models/status', (c) => sharedAnswer(c, status));

  const commands = {
    start: (id: string) => hub.startModel(id),
    stop: (id: string) => hub.stopModel(id),
    restart: (id: string) => hub.restartModel(id),
  };
  for (const [name, command] of Object.entries(commands)) {
    routes.post(`/api/models/servers/${name}/:id`, async (c) => {
      if (!isEmptyBody(c.get('body'))) return errorResponse('unknown_field');
      const id = c.req.param('id');
      await command(id);
      return c.json({ model: hub.model(id) }, 202);
    });
  }

  const bulk = { 'start-all': () => hub.startAllModels(), 'stop-all': () => hub.stopAllModels() };
  for (const [name, command] of Object.entries(bulk)) {
    routes.post(`/api/models/servers/${name}`, async (c) =>
      isEmptyBody(c.get('body'))
        ? c.json({ progress: await command() }, 202)
        : errorResponse('unknown_field'),
    );
  }

  routes.post('/api/models/rescan', async (c) => {
    if (!isEmptyBody(c.get('body'))) return errorResponse('unknown_field');
    await hub.rescanModels();
    return c.json({ activity: hub.activity() }, 202);
  });

  routes.post('/api/models/attach', async (c) => {
    const body = checkedBody(attachRequestSchema, c.get('body'));
    if ('refusal' in body) return body.refusal;
    const endpoint = await hub.attachEndpoint(body.value);
    const models = hub.models().filter((model) => model.endpointId === endpoint.id);
    return c.json({ endpoint, models }, 201);
  });

  // Before the route of one model: `defaults` is no id, since every id ends in a hash.
  routes.patch('/api/models/defaults', async (c) => {
    const body = checkedBody(defaultsPatchSchema, c.get('body'));
    if ('refusal' in body) return body.refusal;
    return c.json({ defaults: await hub.updateDefaults(body.value.settings) });
  });

  routes.patch('/api/models/:id', async (c) => {
    const body = checkedBody(modelPatchSchema, c.get('body'));
    if ('refusal' in body) return body.refusal;
    return c.json({ model: await hub.updateModel(c.req.param('id'), body.value) });
  });

  routes.get('/api/models/:id/details', async (c) =>
    c.json(await hub.modelDetails(c.req.param('id')), 200, { 'cache-control': 'no-store' }),
  );

  routes.get('/api/models/:id/access', async (c) => {
    const access = await hub.modelAccess(c.req.param('id'));
    return c.json(access, 200, { 'cache-control': 'no-store' });
  });

  return routes;
}
