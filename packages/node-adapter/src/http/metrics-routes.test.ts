import type { Hub, MetricsSnapshot, MetricsWindow } from '@corral/core';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { twoModelHub } from './api.fixture.js';
import { thrownResponse } from './http-errors.js';
import { metricsRoutes } from './metrics-routes.js';

const snapshot: MetricsSnapshot = {
  id: 'local@2026-01-01T00:00:00.000Z',
  backendId: 'local',
  name: 'here',
  at: '2026-01-01T00:00:00.000Z',
  cpuUtilization: 12.5,
  ramUsed: 1e9,
  ramTotal: 2e9,
  gpuUtilization: null,
  gpuMemoryUsed: null,
  gpuMemoryTotal: null,
  gpuTemperature: null,
  queueDepth: null,
};
const window: MetricsWindow = {
  backendId: 'local',
  name: 'here',
  atMs: [1, 2],
  values: { ramUsed: [null, 1e9] },
};

let hub: Hub;
let get: (query?: string) => Promise<Response>;
beforeEach(async () => {
  hub = await twoModelHub();
  vi.spyOn(hub, 'backends').mockReturnValue([snapshot]);
  vi.spyOn(hub, 'metricsWindow').mockResolvedValue([window]);
  const routes = new Hono().route('/', metricsRoutes(hub)).onError((error) => thrownResponse(error));
  get = async (query = '') => routes.request(`/api/metrics${query}`);
});

describe('GET /api/metrics', () => {
  it('answers the latest readings', async () => {
    const answer = await get();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({ snapshots: [snapshot] });
    expect(hub.metricsWindow).not.toHaveBeenCalled();
  });

  it.each([1, 60, 900])('answers the readings of the last %d s, too', async (windowS) => {
    expect(await (await get(`?windowS=${windowS}`)).json()).toEqual({
      snapshots: [snapshot],
      windows: [window],
    });
    expect(hub.metricsWindow).toHaveBeenCalledWith(windowS);
  });

  it.each([
    '',
    '0',
    '000',
    '901',
    '-1',
    '+5',
    '1.5',
    '1e2',
    '0x10',
    ' 5',
    '１',
    'NaN',
    '9'.repeat(400),
    '5&windowS=6',
  ])('refuses a window of %j', async (text) => {
    const answer = await get(`?windowS=${text.replace('+', '%2B')}`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      error: { code: 'invalid_argument', details: { argument: 'windowS' } },
    });
    expect(hub.metricsWindow).not.toHaveBeenCalled();
  });
});
