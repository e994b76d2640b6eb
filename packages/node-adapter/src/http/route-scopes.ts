import type { AccessScope } from '@corral/core';

/** What a route needs: a token of this scope or a greater one, or `open` for nothing. */
export type NeededScope = AccessScope | 'open';

/** A route as it was registered. */
export interface RegisteredRoute {
  readonly method: string;
  /** With its parameters as names, such as `/api/models/:id`. */
  readonly path: string;
}

/**
 * What every route needs, by the pattern under which it is registered. `agent` is no greater or smaller scope than the
 * others: only agents may report.
 */
const scopes: ReadonlyMap<string, NeededScope> = new Map<string, NeededScope>([
  ['GET /healthz', 'open'],
  ['GET /metrics', 'view'],
  ['GET /api/events', 'view'],
  ['GET /api/jobs', 'view'],
  ['GET /api/jobs/:id', 'view'],
  ['GET /api/jobs/:id/stream', 'view'],
  ['GET /api/jobs/:id/tasks/:taskId', 'view'],
  ['GET /api/metrics', 'view'],
  ['GET /api/models', 'view'],
  ['GET /api/models/status', 'view'],
  ['GET /api/models/:id/details', 'view'],
  ['GET /api/registry', 'view'],
  ['GET /api/snapshot', 'view'],
  // It holds the key of the model's server.
  ['GET /api/models/:id/access', 'operate'],
  // A job spends money.
  ['POST /api/jobs', 'operate'],
  ['POST /api/jobs/:id/cancel', 'operate'],
  ['POST /api/jobs/:id/resume', 'operate'],
  ['DELETE /api/jobs/:id', 'operate'],
  ['PATCH /api/models/:id', 'operate'],
  ['POST /api/models/rescan', 'operate'],
  ['POST /api/models/servers/restart/:id', 'operate'],
  ['POST /api/models/servers/start-all', 'operate'],
  ['POST /api/models/servers/start/:id', 'operate'],
  ['POST /api/models/servers/stop-all', 'operate'],
  ['POST /api/models/servers/stop/:id', 'operate'],
  ['POST /api/registry/endpoints/:id/check', 'operate'],
  ['DELETE /api/registry/endpoints/:id', 'admin'],
  ['PATCH /api/models/defaults', 'admin'],
  ['POST /api/models/attach', 'admin'],
  ['POST /api/registry/endpoints', 'admin'],
  ['POST /api/hosts/:id/report', 'agent'],
]);

/** What a route is listed with; `undefined` when it is not listed. */
export function listedScope({ method, path }: RegisteredRoute): NeededScope | undefined {
  return scopes.get(`${method} ${path}`);
}

/** Says what a request needs, once it is known which routes match it. */
export class RouteScopes {
  readonly #middleware: ReadonlySet<string>;
  readonly #open: ReadonlySet<string>;

  /**
   * @param middleware what runs around routes and answers nothing by itself
   * @param pages routes of pages, which hold no facts
   */
  constructor(middleware: readonly RegisteredRoute[], pages: readonly RegisteredRoute[]) {
    this.#middleware = new Set(middleware.map(keyOf));
    this.#open = new Set(pages.map(keyOf));
  }

  /**
   * What the first of these routes needs, which is the one that answers. A route that nobody listed needs `admin`, so that
   * a new one is closed until somebody says otherwise.
   * @param matched in the order of their registration
   */
  neededFor(matched: readonly RegisteredRoute[], pathname: string): NeededScope {
    const route = matched.find((each) => !this.#middleware.has(keyOf(each)));
    // Nothing answers; but what there is under /api is told to nobody who may not look.
    if (!route) return pathname.startsWith('/api/') ? 'view' : 'open';
    return listedScope(route) ?? (this.#open.has(keyOf(route)) ? 'open' : 'admin');
  }
}

function keyOf({ method, path }: RegisteredRoute): string {
  return `${method} ${path}`;
}
