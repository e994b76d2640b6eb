import type { Clock } from '../clock.js';
import type { ModelFile, ModelSettings } from './model.js';
import {
  LaunchFailure,
  type ServerLauncher,
  type ServerProbe,
  type ServerProber,
  type ServerProcess,
} from './ports.js';
import { RunningServer } from './running-server.js';

/** What a launch needs from the house around it. */
export interface LaunchEnvironment {
  readonly launcher: ServerLauncher;
  readonly prober: ServerProber;
  readonly clock: Clock;
  readonly stopGraceMs: number;
  /** A port that no other model holds, after `taken`; `null` when the range is used up. */
  readonly nextPort: (taken: number | null) => number | null;
}

/**
 * Launches a server with its probe, on the next port where one is taken by another program.
 * @throws LaunchFailure when no process came to be
 */
export async function launchServer(
  environment: LaunchEnvironment,
  file: ModelFile,
  settings: ModelSettings,
  firstPort: number,
  signal: AbortSignal,
): Promise<RunningServer> {
  const { launcher, clock, nextPort } = environment;
  const tried = new Set<number>();
  for (let port = firstPort; ; ) {
    tried.add(port);
    try {
      const process = await launcher.launch({ file, port, settings }, signal);
      return new RunningServer(process, await openProbe(environment, process), clock);
    } catch (error) {
      const taken = error instanceof LaunchFailure && error.failureCode === 'port_in_use';
      const next = taken && !signal.aborted ? nextPort(port) : null;
      if (next === null || tried.has(next)) throw error;
      port = next;
    }
  }
}

/** A process whose probe cannot be opened is of no use, and must not be left. */
async function openProbe(
  { prober, stopGraceMs }: LaunchEnvironment,
  process: ServerProcess,
): Promise<ServerProbe> {
  try {
    return prober.open(process);
  } catch (error) {
    await process.stop(stopGraceMs);
    throw error;
  }
}
