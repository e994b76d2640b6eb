/**
 * What a token may do, each including the one before: look, steer models, change what is watched. `agent` stands beside
 * them: it may report one host and nothing else.
 */
export const accessScopes = ['view', 'operate', 'admin', 'agent'] as const;

/** One of {@link accessScopes}. */
export type AccessScope = (typeof accessScopes)[number];

/** Whether a view of this scope may do what needs another one. `undefined` may do everything. */
export function mayDo(scope: AccessScope | undefined, needed: Exclude<AccessScope, 'agent'>): boolean {
  if (scope === undefined) return true;
  return scope !== 'agent' && accessScopes.indexOf(scope) >= accessScopes.indexOf(needed);
}
