import type { ModelCall } from '@corral/core';
import { modelTelemetrySchema } from '@corral/core/wire';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { twoModelHub } from './api.fixture.js';
import { listedScope } from './route-scopes.js';
import { telemetryRoutes } from './telemetry-routes.js';

const call: ModelCall = {
  model: 'meadow',
  provider: 'openai',
  outcome: 'ok',
  latencyMs: 200,
  ttftMs: 50,
  inputTokens: 10,
  outputTokens: 20,
  tokensPerSecond: 40,
  costUsd: 0.002,
  price: { inputUsdPer1M: 1.5, outputUsdPer1M: 6 },
};

describe('GET /api/models', () => {
  it('answers what is known of each model, by provider, and null where nothing is', async () => {
    const hub = await twoModelHub();
    const routes = new Hono().route('/', telemetryRoutes(hub));
    expect(await (await routes.request('/api/models')).json()).toEqual({ models: [] });
    hub.modelTelemetry.record(call);
    hub.modelTelemetry.record({ ...call, outcome: 'failed' });
    hub.modelTelemetry.record({ ...call, provider: 'anthropic', outcome: 'cancelled', price: null });
    const answer = await routes.request('/api/models');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const body: unknown = await answer.json();
    expect(
      z.strictObject({ models: z.array(modelTelemetrySchema) }).safeParse(body).error?.issues,
    ).toBeUndefined();
    expect(body).toMatchObject({
      models: [
        {
          model: 'meadow',
          provider: 'anthropic',
          callCount: 0,
          cancelledCount: 1,
          successRate: null,
          trustFactor: null,
        },
        {
          model: 'meadow',
          provider: 'openai',
          callCount: 2,
          failureCount: 1,
          successRate: 0.5,
          trustFactor: expect.closeTo(0.0945, 3),
          avgLatencyMs: 200,
          latencyP95Ms: 200,
          avgTtftMs: 50,
          avgTokensPerSecond: 40,
          avgCostUsd: 0.002,
          costPer1mInput: 1.5,
          costPer1mOutput: 6,
          lastCallAt: '2026-01-01T00:00:00.000Z',
        },
      ],
    });
    await hub.dispose();
  });

  it('may be seen by whoever may look', () => {
    expect(listedScope({ method: 'GET', path: '/api/models' })).toBe('view');
  });
});
