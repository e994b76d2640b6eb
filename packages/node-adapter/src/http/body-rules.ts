import { httpLimits } from './http-limits.js';

/** How the body of a request is read. */
export interface BodyRules {
  /** Whether YAML is taken, too. */
  readonly yaml: boolean;
  /** Whether JSON of which parsing would drop or change something is refused: work that costs money is not guessed at. */
  readonly exact: boolean;
}

/** Submitting a job. */
export const jobsRoute = '/api/jobs';

/** The rules for a route. @param path as the router sees it */
export function bodyRules(method: string, path: string): BodyRules {
  const exact = path === jobsRoute || path.startsWith(`${jobsRoute}/`);
  return { yaml: method === 'POST' && path === jobsRoute, exact };
}

/** Whether a content type says YAML in UTF-8. */
export function isYaml(contentType: string): boolean {
  return /^(application\/(x-)?yaml|text\/yaml)(;\s*charset="?utf-8"?)?$/i.test(contentType);
}

/** Bytes that a body may have. @param path as the router sees it */
export function mostBytes(method: string, path: string, contentType: string): number {
  return bodyRules(method, path).yaml && isYaml(contentType) ? httpLimits.yamlBytes : httpLimits.bodyBytes;
}
