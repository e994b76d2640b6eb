import type { Hub } from '@corral/core';
import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { twoModelHub } from './api.fixture.js';
import { EventStream } from './event-stream.js';
import { parseExposition } from './prometheus-parser.fixture.js';
import { prometheusRoutes } from './prometheus-routes.js';

async function make(): Promise<{ hub: Hub; scrape: () => Promise<Response> }> {
  const hub = await twoModelHub();
  const routes = new Hono().route('/', prometheusRoutes(hub, new EventStream({ hub })));
  const scrape = async (): Promise<Response> => {
    const answer = await routes.request('/metrics', {}, {});
    expect(answer.status).toBe(200);
    return answer;
  };
  return { hub, scrape };
}

describe('GET /metrics', () => {
  it('answers in the text format', async () => {
    const { scrape } = await make();
    const answer = await scrape();
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parseExposition(await answer.text());
    const up = families.find(({ name }) => name === 'corral_model_up');
    expect(up?.samples.map(({ labels, value }) => [labels['model_id'], value])).toEqual([
      ['meadow', 0],
      ['prairie', 0],
    ]);
  });

  it('is written once per event, however many scrape', async () => {
    const { hub, scrape } = await make();
    const registry = vi.spyOn(hub, 'registry');
    const first = await (await scrape()).text();
    expect(await (await scrape()).text()).toBe(first);
    expect(registry).toHaveBeenCalledTimes(1);
    hub.events.emit('models:sampled', { tick: 1, at: '2026-01-01T00:00:00.000Z', samples: [] });
    await scrape();
    expect(registry).toHaveBeenCalledTimes(2);
  });

  it('names no path of this machine', async () => {
    const { scrape } = await make();
    expect(await (await scrape()).text()).not.toContain('secret');
  });
});
