import { existsSync, readdirSync } from 'node:fs';
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

const pageFiles: readonly PageFile[] = [
  { route: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { route: '/dashboard.css', file: 'dashboard.css', type: 'text/css; charset=utf-8' },
  { route: '/dashboard.js', file: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
  { route: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
];

/** The kit, what it loads later, and what these share: a build names them, so they are looked for. */
const scriptName = /^corral[\w-]*\.min\.js$/;

interface PageFile {
  readonly route: string;
  readonly file: string;
  readonly type: string;
}

/**
 * The dashboard page with its scripts and styles. Which ones there are is read once, here; no path of a request is ever
 * one of a file. Each is read at its first request.
 *
 * @param folder where the built page is; default: in this package
 */
export function dashboardRoutes(folder = path.join(packageRoot(), 'dist', 'dashboard')): Hono {
  const routes = new Hono();
  for (const { route, file, type } of [...pageFiles, ...scriptsIn(folder)]) {
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

/** A package without its build has no page, and works. */
function scriptsIn(folder: string): PageFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && scriptName.test(entry.name))
    .map(({ name }) => ({ route: `/${name}`, file: name, type: 'text/javascript; charset=utf-8' }));
}
