import type { Clock } from '../clock.js';
import type { ModelFile } from './model.js';
import type { ModelSettings } from './model-settings.js';
import type { PortLease } from './port-range.js';
import {
  LaunchFailure,
  type LeftRunning,
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
  readonly port: PortLease;
}

/**
 * Launches a server with its probe on the port that is held, or on the next one where that is taken by another program.
 * @throws LaunchFailure when no process came to be
 */
export async function launchServer(
  environment: LaunchEnvironment,
  file: ModelFile,
  settings: ModelSettings,
  signal: AbortSignal,
): Promise<RunningServer> {
  const { launcher, clock, port: lease } = environment;
  const tried = new Set<number>();
  for (;;) {
    const port = lease.port as number;
    tried.add(port);
    try {
      const process = await launcher.launch({ file, port, settings }, signal);
      const probe = await openProbe(environment, process, settings.sleepIdleSeconds > 0);
      return new RunningServer({ process, probe, clock, port, settings });
    } catch (error) {
      const taken = error instanceof LaunchFailure && error.failureCode === 'port_in_use';
      if (!taken || signal.aborted || !lease.hold(port) || tried.has(lease.port as number)) throw error;
    }
  }
}

/** Watches a server that an earlier hub left running. */
export async function takeOverServer(
  environment: Pick<LaunchEnvironment, 'prober' | 'clock' | 'stopGraceMs'>,
  { process, port, settings, startedAtWall }: LeftRunning,
): Promise<RunningServer> {
  const probe = await openProbe(environment, process, settings.sleepIdleSeconds > 0);
  return new RunningServer({ process, probe, clock: environment.clock, port, settings, startedAtWall });
}

/** A process whose probe cannot be opened is of no use, and must not be left. */
async function openProbe(
  { prober, stopGraceMs }: Pick<LaunchEnvironment, 'prober' | 'stopGraceMs'>,
  process: ServerProcess,
  maySleep: boolean,
): Promise<ServerProbe> {
  try {
    return prober.open(process, { maySleep });
  } catch (error) {
    await process.stop(stopGraceMs);
    throw error;
  }
}
