import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A file that says that there were tokens here once. It lies beside the store and not in it: a store that was damaged and
 * moved aside must not open the hub to everyone.
 */
function markOf(stateDir: string): string {
  return path.join(stateDir, 'tokens-in-force');
}

/** Whether callers of this hub have needed a token before. */
export function wereTokensInForce(stateDir: string): boolean {
  return existsSync(markOf(stateDir));
}

/** Remembers that callers need a token from now on. On a disk that cannot be written the store alone remembers it. */
export function rememberTokensInForce(stateDir: string): void {
  try {
    writeFileSync(markOf(stateDir), '', { mode: 0o600 });
  } catch {
    // That the disk cannot be written was said when the store was opened.
  }
}
