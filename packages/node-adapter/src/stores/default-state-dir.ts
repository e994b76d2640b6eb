import { homedir } from 'node:os';
import path from 'node:path';

/** Where state lives when nobody says otherwise: by the XDG rules, and by custom on macOS and Windows. */
export function defaultStateDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const home = homedir();
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'corral');
  if (platform === 'win32')
    return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'corral');
  return path.join(absolute(env['XDG_STATE_HOME']) ?? path.join(home, '.local', 'state'), 'corral');
}

/** The XDG rules say to ignore a relative path, and an empty one is no path. */
function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}
