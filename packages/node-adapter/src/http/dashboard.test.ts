import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboardRoutes } from './dashboard.js';

describe('the routes of the dashboard', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'corral-dashboard-'));
    const page = path.join(folder, 'page');
    await mkdir(path.join(page, 'corral-folder.min.js'), { recursive: true });
    const files = [
      'index.html',
      'dashboard.js',
      'corral.min.js',
      'corral-metrics.min.js',
      'corral-controls2.min.js',
      'corral.min.js.map',
      'panels-Bfvd7JKv.js',
      'corral-.evil.min.js',
      'secret.txt',
    ];
    for (const name of files) await writeFile(path.join(page, name), name);
    await writeFile(path.join(folder, 'outside.txt'), 'outside');
    await symlink(path.join(folder, 'outside.txt'), path.join(page, 'corral-link.min.js'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const ask = (route: string): Promise<Response> | Response =>
    dashboardRoutes(path.join(folder, 'page')).request(`http://127.0.0.1${route}`);

  it('serves the page, the kit, and every chunk that the build has put beside it', async () => {
    for (const [route, file, type] of [
      ['/', 'index.html', 'text/html; charset=utf-8'],
      ['/dashboard.js', 'dashboard.js', 'text/javascript; charset=utf-8'],
      ['/corral.min.js', 'corral.min.js', 'text/javascript; charset=utf-8'],
      ['/corral-metrics.min.js', 'corral-metrics.min.js', 'text/javascript; charset=utf-8'],
      ['/corral-controls2.min.js', 'corral-controls2.min.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const response = await ask(route);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        200,
        type,
        file,
      ]);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('serves nothing else that lies there, and nothing that lies elsewhere', async () => {
    for (const route of [
      '/corral.min.js.map',
      '/panels-Bfvd7JKv.js',
      '/corral-.evil.min.js',
      '/corral-folder.min.js',
      '/corral-link.min.js',
      '/secret.txt',
      '/corral-..%2F..%2Foutside.txt',
      '/corral-%2e%2e/outside.txt',
      '/..%2Foutside.txt',
      '/corral-metrics.min.js%00',
      '/corral-none.min.js',
    ])
      expect((await ask(route)).status, route).toBe(404);
  });

  it('works without a build, with nothing to show', async () => {
    const routes = dashboardRoutes(path.join(folder, 'nowhere'));
    expect((await routes.request('http://127.0.0.1/')).status).toBe(404);
    expect((await routes.request('http://127.0.0.1/corral.min.js')).status).toBe(404);
  });
});
