import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Hub } from '@corral/core';
import { Hono } from 'hono';
import type { EventStream } from './event-stream.js';
import { packageRoot } from './package-root.js';
import { expositionType } from './prometheus-exposition.js';
import { prometheusText } from './prometheus-text.js';
import type { RouteEnv } from './route-env.js';
import { sharedAnswer } from './shared-answer.js';
import { SharedText } from './status-body.js';

/** `GET /metrics` for Prometheus, written once per event however many scrape it. */
export function prometheusRoutes(hub: Hub, stream: EventStream): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>();
  const version = packageVersion();
  const write = (): string =>
    prometheusText(hub, { version, streamCount: stream.readerCount, tick: hub.modelManager.tick });
  const text = new SharedText(stream, write, expositionType);
  routes.get('/metrics', (c) => sharedAnswer(c, text));
  return routes;
}

function packageVersion(): string {
  const manifest = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
