import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Hono } from 'hono';
import { errorResponse } from './http-errors.js';
import { packageRoot } from './package-root.js';

/** What a page of ours may do: load its own script and styles and talk to its own host, and nothing else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const files = [
  { route: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { route: '/dashboard.css', file: 'dashboard.css', type: 'text/css; charset=utf-8' },
  ...['corral', 'corral-panels', 'corral-servers', 'corral-toolbar'].map((name) => ({
    route: `/${name}.min.js`,
    file: `${name}.min.js`,
    type: 'text/javascript; charset=utf-8',
  })),
  { route: '/dashboard.js', file: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
  { route: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
];

/** The dashboard page with its script and styles, read from the package at the first request. */
export function dashboardRoutes(): Hono {
  const routes = new Hono();
  const folder = path.join(packageRoot(), 'dist', 'dashboard');
  for (const { route, file, type } of files) {
    let body: Promise<Buffer<ArrayBuffer>> | undefined;
    routes.get(route, async () => {
      body ??= readFile(path.join(folder, file)) as Promise<Buffer<ArrayBuffer>>;
      const bytes = await body.catch(() => undefined);
      if (!bytes) return errorResponse('not_found');
      const page = {
        'content-security-policy': contentSecurityPolicy,
        'content-type': type,
        'cache-control': 'no-cache',
      };
      return new Response(bytes, { headers: page });
    });
  }
  return routes;
}
