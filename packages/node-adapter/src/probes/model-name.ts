import { escapeControls } from '../process/redact.js';

const mostCharacters = 256;

/** A name as a backend gave it, fit to be shown: control characters escaped, at most 256 characters. */
export function shownName(name: string): string {
  // Cut first: escaping a megabyte to throw most of it away is work that a stranger could make us do.
  return escapeControls(name.slice(0, mostCharacters)).slice(0, mostCharacters);
}

/**
 * The name of a model that is called by an alias or by the path of its file. Of a path only the file name is told: where
 * files lie on the machine of someone else is nobody's business. `org/name`, as models from a hub are called, is no path.
 */
export function nameWithoutPath(idOrPath: string): string {
  const isHubName = /^[^/\\.~][^/\\]*\/[^/\\]+$/.test(idOrPath) && !/\.gguf$/i.test(idOrPath);
  return shownName(isHubName ? idOrPath : (idOrPath.split(/[/\\]/).findLast(Boolean) ?? ''));
}
